/** `agentfs run`: runs a command in a workspace, on the terminal or the pipes of the caller. */

import { constants } from 'node:os';
import {
  FileSystemError,
  type RunOptions,
  type RunResult,
  type SandboxProfile,
} from '../../index.ts';
import { quoteWords } from '../../primitives/quote-words.ts';
import type { Call } from '../call.ts';
import { codeOf, EXIT, UsageError } from '../exit-status.ts';
import { type OptionRow, oneOf, REPEATED, WORKSPACE } from '../options/parameters.ts';
import { span } from '../options/quantities.ts';
import { sayChanges } from '../print/run-changes.ts';
import { inJson, oneLine } from '../visible.ts';
import { defineVerb, type Verb } from './define-verb.ts';

/** What all commands can be told. */
export interface CommandFlags {
  readonly audit: boolean;
  readonly env?: readonly string[];
  readonly workdir?: string;
  readonly timeout?: number;
  readonly agentfsExit?: boolean;
  readonly shell?: boolean;
  readonly wait?: boolean;
  readonly changes?: boolean;
}

interface RunFlags extends CommandFlags {
  readonly snapshot?: string;
  readonly sandboxProfile?: SandboxProfile;
  readonly rollbackOnFailure?: boolean;
}

type TextRunOptions = Omit<RunOptions, 'encoding'>;

/** What shells end with after Ctrl-C. */
const INTERRUPTED = 130;

/** The options of all commands. */
export const COMMAND_OPTIONS: readonly OptionRow[] = [
  ['--no-audit', 'do not record the run in the audit log'],
  ['--env <K=V>', 'set a variable; may be repeated', REPEATED],
  ['--workdir <path>', 'the directory to start in, / for the root; default where you are'],
  ['--timeout <span>', 'stop the command after this time: 30s, 5m', span('s')],
  [
    '--agentfs-exit',
    `exit with ${EXIT.commandFailed} if the command fails, and as other commands do`,
  ],
  ['--shell', 'run the command as one line in a shell'],
];

export const verb: Verb = defineVerb<RunFlags>({
  usage: '[options] [--] <command...>',
  arguments: [['<command...>', 'the program and its arguments']],
  passesThrough: true,
  options: [
    WORKSPACE,
    ['--snapshot <name>', 'run in a copy of this snapshot and discard the changes'],
    ...COMMAND_OPTIONS,
    [
      '--sandbox-profile <name>',
      'the isolation that the command needs',
      oneOf(['standard', 'restricted', 'none']),
    ],
    ['--rollback-on-failure', 'discard the changes if the command fails'],
    ['--changes', 'list what the command changed'],
    ['--wait', 'wait until no other command is running in the workspace'],
  ],
  examples: [
    ['agentfs run -w agent-1 npm test', 'run the tests in a workspace'],
    ['agentfs run -w agent-1 --shell "make > build.log"', 'run a line in a shell'],
    ['agentfs run -w agent-1 --json npm test', 'output, status and changes as one object'],
    ['agentfs run -w agent-1 --timeout 5m -- make -j4', 'in scripts: 124 when the time is up'],
  ],
  async run({ call, args: words, flags }) {
    const { snapshot, sandboxProfile: sandbox, rollbackOnFailure } = flags;
    return runLine(call, words, flags, { snapshot, sandbox, rollbackOnFailure });
  },
});

/** Runs what was typed, with the streams of who typed it, and ends with its status. */
export async function runLine(
  call: Call,
  words: readonly string[],
  flags: CommandFlags & { readonly workspace?: string },
  how: TextRunOptions,
): Promise<void> {
  const [workdir] = await call.projectPaths([flags.workdir ?? '.']);
  const { audit, timeout, wait } = flags;
  const env = environmentOf(flags.env ?? []);
  const given = { audit, timeout, wait, workdir, env, signal: call.signal };
  const options: TextRunOptions = { ...streamsFor(call), ...given, ...how };
  const workspace = await call.workspace(flags.workspace);
  const line = flags.shell === true ? words.join(' ') : words;
  const start = (): Promise<RunResult> =>
    workspace.run(line, options).catch((error) => explain(error, words, flags));
  const result = await (options.tty ? call.interrupts.leavingKeysToCommand(start) : start());
  if (result.aborted) return call.interrupts.happened;
  tellOfIsolation(call, result);
  if (call.globals.json) await call.output.json(result);
  else report(call, result, flags.changes === true);
  // Ctrl-C went to the command alone, but it is our caller who has to know.
  const isInterrupted = options.tty === true && result.signal === 'SIGINT';
  call.exitStatus = isInterrupted ? INTERRUPTED : statusOf(result, flags.agentfsExit === true);
}

/** With `--json` the output is part of the result; else it goes straight to where ours goes. */
function streamsFor({ globals, output }: Call): TextRunOptions {
  if (globals.json) return { capture: true };
  // The keys of a person belong to the command, and nothing may come between them.
  return process.stdin.isTTY === true && output.isTerminal ? { tty: true } : { capture: false };
}

function environmentOf(assignments: readonly string[]): Record<string, string> {
  const pairs = assignments.map((assignment) => {
    const equals = assignment.indexOf('=');
    if (equals > 0) return [assignment.slice(0, equals), assignment.slice(equals + 1)] as const;
    throw new UsageError(`--env takes NAME=VALUE, not '${assignment}'.`);
  });
  return Object.fromEntries(pairs);
}

/** Keeps a command from being taken for more confined than it was. */
function tellOfIsolation({ output }: Call, { isolation, strategy }: RunResult): void {
  const { profile, reason } = isolation;
  if (profile !== 'none' && reason === undefined) return;
  const how = profile === 'none' ? 'not confined' : `confined as '${profile}' only`;
  const why = reason === undefined ? 'it was asked for' : oneLine(reason.replace(/\.$/, ''));
  output.complain(`warning: The command was ${how} (${strategy}): ${why}.`);
}

function report(call: Call, result: RunResult, listChanges: boolean): void {
  const { output, globals } = call;
  const { exitCode, signal, timedOut, warnings } = result;
  for (const { path, message } of warnings) {
    const place = path === '' ? '' : `${inJson(JSON.stringify(path))}: `;
    output.complain(`warning: ${place}${oneLine(message)}`);
  }
  if (timedOut) output.complain('The command timed out.');
  else if (signal !== null) output.complain(`The command was killed by ${signal}.`);
  else if (exitCode !== 0) output.complain(`The command exited with status ${exitCode}.`);
  sayChanges(call, result, listChanges);
  if (globals.verbose) output.say(`Strategy: ${result.strategy}`);
}

/** Says in the words of who types what is wrong with the directory, or with the command. */
function explain(
  error: unknown,
  words: readonly string[],
  { workdir, shell }: CommandFlags,
): never {
  const code = codeOf(error);
  if (error instanceof FileSystemError && error.path !== undefined) {
    const what = code === 'ENOENT' ? 'has no directory' : 'cannot start a command in';
    throw new UsageError(
      `The workspace ${what} '${error.path.replace(/^\//, '')}'.`,
      workdir === undefined
        ? 'You stand there. Start at the root with --workdir /, or elsewhere with another path.'
        : 'Check --workdir. It is taken from where you stand.',
    );
  }
  const [only = ''] = words;
  const isLine = words.length === 1 && shell !== true && /\s/.test(only);
  if (!isLine || code !== 'COMMAND_NOT_STARTED' || !(error instanceof Error)) throw error;
  throw Object.assign(error, {
    hint: `A line for the shell needs --shell: agentfs run --shell ${quoteWords([only])}.`,
  });
}

function statusOf(result: RunResult, agentfsExit: boolean): number {
  if (!result.failed) return EXIT.success;
  if (agentfsExit) return EXIT.commandFailed;
  if (result.timedOut) return EXIT.timedOut;
  return result.exitCode ?? 128 + (result.signal === null ? 0 : constants.signals[result.signal]);
}
