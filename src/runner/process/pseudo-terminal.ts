/**
 * A terminal of the command's own, that the host's is connected to: by `script` of util-linux, which
 * stays outside the sandbox. The command has another session and another process group than the
 * host, so that it can neither type into the host's terminal nor signal those that share it.
 *
 * `script` starts a shell, which leads the session and alone is not in the command's group: what is
 * stopped in that group the shell continues, where `script` would stop itself and be stuck. The
 * first process of the group is awk, as it tells a signal from a status and a shell does not.
 */

import type { AgentFSError } from '../../primitives/errors.ts';
import { quoteWords } from '../../primitives/quote-words.ts';
import { runProgram } from '../../primitives/start-program.ts';
import type { Invocation } from './command.ts';
import { type CommandStreams, terminalStreams } from './command-streams.ts';
import { COMMAND_ID_VARIABLE, WORKDIR_VARIABLE } from './environment.ts';
import { findTool, findTools, type HostTools, sandboxUnavailable } from './host-tools.ts';
import { nameOfSignal, type ProcessEnd, TELL_END, TELL_GROUP } from './launcher-report.ts';
import type { ProcessSpec } from './process-spec.ts';

/** A command line with a terminal of its own, and what to start it with. */
export interface TerminalLaunch {
  readonly invocation: Invocation;
  readonly env: Readonly<Record<string, string>>;
  readonly streams: CommandStreams;
}

const RESTORE_MS = 1000;

const TOOLS = ['awk', 'env', 'script', 'sh'] as const;
type Tools = HostTools<(typeof TOOLS)[number]>;

/** Where the command finds its terminal, which the shells before it have put by. */
const PUT_BY = { errors: 4, output: 5 } as const;
const PUT_BY_INPUT = 8;

/** What awk lives through: keys, a hang-up and requests to end are for the command. */
const SIGNALS = 'HUP,INT,QUIT,TERM';

/** Some do not, that of busybox for one, and that of GNU where POSIXLY_CORRECT is set. */
const IS_FIT = `if (system("kill -KILL $$") != 265) { print "awk: takes a signal for a status"; exit }`;
const AWK = `BEGIN { ${IS_FIT}; ${TELL_END} }`;

/**
 * What `script` starts. The terminal is no input of any shell: a command can type into it, and what
 * a shell outside the sandbox reads, after a key has interrupted it, it would carry out.
 */
const ENTRY = `trap "" INT QUIT; exec ${PUT_BY_INPUT}<&0 4>&2 5>&1 < /dev/null > /dev/null 2>&1`;

/**
 * The leader of the session, an interactive shell: others do not hand the terminal to a job. It
 * ends when its job has, with the signal that ended awk, if one did.
 */
const LEADER = `trap "" INT QUIT
"$1" --ignore-signal=${SIGNALS} "$2" "$3" "$4" >&3
status=$?
while [ "$status" -gt 128 ]; do last=$status; fg > /dev/null; status=$?; done
exit "\${last:-0}"`;

/**
 * What the programs around a command would be led by, or found and killed by, and what shells set
 * for themselves. The command has them as they were.
 */
const HELD_BACK = [
  ...['ENV', 'POSIXLY_CORRECT', 'SHELL', 'PS1', 'PS2', 'SHLVL', 'PWD', 'OLDPWD', '_'],
  ...[COMMAND_ID_VARIABLE, WORKDIR_VARIABLE],
];

/**
 * Puts a command behind a terminal of its own.
 *
 * @param invocation - the command with its launcher, if it has one.
 * @throws {AgentFSError} SANDBOX_UNAVAILABLE when a program for it is missing.
 */
export function onOwnTerminal(invocation: Invocation, spec: ProcessSpec): TerminalLaunch {
  const tools = findTools(TOOLS, { user: 'A command with a terminal', hint: HINT });
  const streams = terminalStreams(PUT_BY);
  const line = commandLine(invocation, spec, streams.redirections, tools);
  const leader = [tools.sh, '-i', '-c', LEADER, 'sh', tools.env, tools.awk, AWK, line];
  const others = Object.entries(spec.env).filter(([name]) => !HELD_BACK.includes(name));
  const env = { ...Object.fromEntries(others), SHELL: tools.sh };
  return {
    invocation: {
      file: tools.script,
      args: [
        '--quiet',
        '--return',
        '--command',
        `${ENTRY}; exec ${quoteWords(leader)}`,
        '/dev/null',
      ],
    },
    env,
    streams,
  };
}

/** How a command ended whose group did not live to tell it: as the leader of its session says. */
export function endOnTerminal(end: ProcessEnd): ProcessEnd {
  if (end.exitCode === null || end.exitCode <= 128) return end;
  return { exitCode: null, signal: nameOfSignal(end.exitCode - 128) };
}

/** The error for a `script`, a shell or an awk of another kind, which have started nothing. */
export function terminalFailure(message: string): AgentFSError {
  const reason = message.trim().split('\n')[0] ?? '';
  return sandboxUnavailable(
    `This host gives a command no terminal of its own (${reason || 'no reason given'})`,
    HINT,
  );
}

/** Makes the terminal usable again when `script` did not live to do it. */
export function restoreTerminal(): void {
  const stty = findTool('stty');
  if (stty === undefined) return;
  // In the background the terminal stops whoever wants to change it.
  const limit = { timeout: RESTORE_MS, killSignal: 'SIGKILL' } as const;
  runProgram(stty, ['sane'], { stdio: ['inherit', 'ignore', 'ignore'], ...limit });
}

const HINT =
  'Install util-linux, coreutils and gawk or mawk, or give the command no terminal: redirect its input.';

/** The command as a line for the shell of awk. */
function commandLine(
  { file, args }: Invocation,
  spec: ProcessSpec,
  redirections: string,
  { env, sh }: Tools,
): string {
  // A launcher needs the pipe, and closes it before the command.
  const closing = spec.launcher === undefined ? ' 3>&-' : '';
  const all: Readonly<Record<string, string>> = {
    ...spec.env,
    [COMMAND_ID_VARIABLE]: spec.commandId,
  };
  const variables = HELD_BACK.flatMap((name) => (name in all ? [`${name}=${all[name]}`] : []));
  const words = [
    ...[env, `--default-signal=${SIGNALS}`, ...HELD_BACK.map((name) => `--unset=${name}`)],
    ...variables,
    // What has an equals sign would be taken for a variable.
    ...(file.includes('=') ? [sh, '-c', 'exec "$@"', 'sh'] : []),
    ...[file, ...args],
  ];
  const input = `<&${PUT_BY_INPUT} ${PUT_BY_INPUT}<&-`;
  return `${TELL_GROUP}; exec ${quoteWords(words)} ${input} ${redirections}${closing}`;
}
