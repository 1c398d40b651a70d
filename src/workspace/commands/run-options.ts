/** The options of a run: checked once, with their names, and turned into what the parts need. */

import { constants } from 'node:os';
import {
  checkBoolean,
  checkChoice,
  checkCount,
  checkMilliseconds,
  checkOptions,
  checkSignal,
} from '../../primitives/arguments.ts';
import { wrongValue } from '../../primitives/errors.ts';
import { MAX_BUFFER_BYTES } from '../../primitives/limits.ts';
import { parseName } from '../../primitives/name.ts';
import { parsePath, type TreePath } from '../../primitives/path.ts';
import type { IsolationRequest, SandboxProfile } from '../../runner/isolation.ts';
import { type Command, resolveCommand } from '../../runner/process/command.ts';
import {
  checkEnvironment,
  type Environment,
  newCommandId,
} from '../../runner/process/environment.ts';
import { type CommandInput, checkInput } from '../../runner/process/input.ts';
import type { CommandSpec } from '../../runner/process/process-spec.ts';
import { requireTerminal } from '../../runner/process/terminal.ts';
import type { StrategyName } from '../../runner/strategy.ts';
import {
  checkLimits,
  checkSandbox,
  laidOver,
  type RunDefaults,
  type RunLimits,
} from './run-limits.ts';

/** How a command is run. */
export interface RunOptions {
  /** Variables to set, or with undefined to remove, on top of the inherited ones. */
  readonly env?: Environment | undefined;
  /** Whether the command gets the host's variables; default true. */
  readonly inheritEnv?: boolean | undefined;
  /** The directory of the workspace to start in; default its root. */
  readonly workdir?: string | undefined;
  /** The same as `workdir`. */
  readonly cwd?: string | undefined;
  /** Milliseconds until the command is ended; default 0, never. */
  readonly timeout?: number | undefined;
  /** Collect the output; default true. False lets the command use the host's own streams. */
  readonly capture?: boolean | undefined;
  /** The same as `capture`. */
  readonly captureOutput?: boolean | undefined;
  /** What the command reads; nothing by default. A stream is read as fast as the command reads. */
  readonly input?: CommandInput | undefined;
  /**
   * Gives the command the terminal of this process, as a shell does, for interactive use: keys reach
   * it, Ctrl-C and job control included, and nothing is collected. Meanwhile this process lives
   * through SIGINT and SIGQUIT, which a key sends to both; it must not read the terminal itself, and
   * should not end in a listener of its own. Default false.
   */
  readonly tty?: boolean | undefined;
  /** Ends the command; the result then says `aborted`. */
  readonly signal?: AbortSignal | undefined;
  /** A shell for a command that is a string; default `/bin/sh`. False executes it as a program. */
  readonly shell?: boolean | string | undefined;
  /** How the output comes; default `utf8`, as a string. */
  readonly encoding?: 'utf8' | 'buffer' | undefined;
  /** Bytes kept of each output; default 64 MiB. */
  readonly maxBuffer?: number | undefined;
  /** What timeout and abort send first; default SIGTERM. SIGKILL follows after 5 seconds. */
  readonly killSignal?: NodeJS.Signals | undefined;
  /** Rejects with the result when the command fails; default false. */
  readonly check?: boolean | undefined;
  /** Runs in this snapshot of the workspace instead, and drops the changes. */
  readonly snapshot?: string | undefined;
  /** Records the run and its changes in the audit log; default true. */
  readonly audit?: boolean | undefined;
  /** Drops the changes of a command that fails or times out; default false. */
  readonly rollbackOnFailure?: boolean | undefined;
  /** Default `auto`, the best that can give what is asked for. */
  readonly strategy?: 'auto' | StrategyName | undefined;
  /** The isolation to insist on; default that of the workspace, else what there is. */
  readonly sandbox?: SandboxProfile | undefined;
  readonly limits?: RunLimits | undefined;
  /**
   * How long to wait for commands of other processes in the workspace: milliseconds, or true for as
   * long as it takes; default 200. Those of this process are always waited for.
   */
  readonly wait?: boolean | number | undefined;
  /**
   * Runs beside the command or session that has the workspace already, of this process or another:
   * in the same files, as confined, and until that one ends at most. What it changes is stored with
   * the changes of that one. `wait` is how long to wait for one to run; unless it is given, only for
   * the files of one that is being set up, for 5 seconds. Default false.
   */
  readonly beside?: boolean | undefined;
}

/** A run, with everything checked and decided that can be without the workspace. */
export interface RunRequest {
  /** As it was given. */
  readonly command: Command;
  readonly process: CommandSpec;
  readonly env: Environment;
  readonly inheritEnv: boolean;
  readonly workdir: TreePath;
  readonly encoding: 'utf8' | 'buffer';
  readonly check: boolean;
  readonly snapshot: string | undefined;
  readonly audit: boolean;
  readonly rollbackOnFailure: boolean;
  readonly strategy: 'auto' | StrategyName;
  readonly isolation: IsolationRequest;
  /** For commands of other processes, in ms. */
  readonly waitMs: number;
  /** Beside another one, and how long to wait until there is one, in ms. */
  readonly beside: { readonly startMs: number } | undefined;
}

/** The names of {@link RunOptions}. */
export const RUN_OPTIONS: readonly (keyof RunOptions)[] = [
  ...(['env', 'inheritEnv', 'workdir', 'cwd', 'timeout', 'capture', 'captureOutput'] as const),
  ...(['input', 'tty', 'signal', 'shell', 'encoding', 'maxBuffer', 'killSignal'] as const),
  ...(['check', 'snapshot', 'audit', 'rollbackOnFailure'] as const),
  ...(['strategy', 'sandbox', 'limits', 'wait', 'beside'] as const),
];

/** Long enough for a short command. */
const DEFAULT_WAIT_MS = 200;
/** Long enough for files to be set up. */
const BESIDE_WAIT_MS = 5000;

/** What one command decides for all that run beside it. */
const OF_THE_FIRST = ['snapshot', 'rollbackOnFailure', 'strategy', 'sandbox', 'limits'] as const;

const DEFAULT_MAX_BUFFER_BYTES = 64 * 1024 * 1024;

/**
 * Checks a command and its options.
 *
 * @throws {TypeError | RangeError} INVALID_ARGUMENT, with the name of the option.
 * @throws {InvalidPathError} INVALID_PATH; {InvalidNameError} INVALID_NAME.
 * @throws {AgentFSError} NOT_A_TERMINAL.
 */
export function parseRun(
  command: Command,
  options: RunOptions | undefined,
  defaults: RunDefaults,
): RunRequest {
  const given = checkOptions(options, RUN_OPTIONS);
  const invocation = resolveCommand(command, given.shell);
  return {
    command,
    process: { invocation, ...parseProcess(given, limitsOf(given, defaults)) },
    env: checkEnvironment(given.env ?? {}),
    inheritEnv: checkBoolean('inheritEnv', given.inheritEnv) ?? true,
    workdir: parseWorkdir(given),
    encoding: checkChoice('encoding', given.encoding, ['utf8', 'buffer']) ?? 'utf8',
    check: checkBoolean('check', given.check) ?? false,
    snapshot: given.snapshot === undefined ? undefined : parseName('snapshot', given.snapshot),
    audit: checkBoolean('audit', given.audit) ?? true,
    rollbackOnFailure: checkBoolean('rollbackOnFailure', given.rollbackOnFailure) ?? false,
    ...parseTurn(given),
    ...parseStrategy(given, defaults),
  };
}

function parseTurn(given: RunOptions): Pick<RunRequest, 'beside' | 'waitMs'> {
  const beside = checkBoolean('beside', given.beside) ?? false;
  if (!beside) return { beside: undefined, waitMs: checkWait(given.wait) };
  const wrong = OF_THE_FIRST.find((name) => given[name] !== undefined && given[name] !== false);
  if (wrong !== undefined) throw wrongValue(wrong, 'left out with beside', given[wrong]);
  const startMs = checkWait(given.wait, 0);
  return { beside: { startMs }, waitMs: checkWait(given.wait, BESIDE_WAIT_MS) };
}

/**
 * How long to wait for commands of other processes, in ms.
 *
 * @throws {TypeError | RangeError} INVALID_ARGUMENT.
 */
export function checkWait(wait: unknown, usual: number = DEFAULT_WAIT_MS): number {
  if (wait === true) return Infinity;
  return wait === false ? 0 : (checkMilliseconds('wait', wait) ?? usual);
}

/** Which strategy and isolation to insist on; of one run, or of a session. */
export type StrategyOptions = Pick<RunOptions, 'strategy' | 'sandbox' | 'limits'>;

/**
 * Checks what decides about the strategy.
 *
 * @throws {TypeError | RangeError} INVALID_ARGUMENT, with the name of the option.
 */
export function parseStrategy(
  given: StrategyOptions,
  defaults: RunDefaults,
): Pick<RunRequest, 'strategy' | 'isolation'> {
  const { runtimeMs, outputBytes, idleMs, ...limits } = limitsOf(given, defaults);
  return {
    strategy: checkChoice('strategy', given.strategy, ['auto', 'directory', 'overlay']) ?? 'auto',
    isolation: { profile: checkSandbox(given.sandbox) ?? defaults.sandbox, limits },
  };
}

function parseProcess(given: RunOptions, limits: RunLimits): Omit<CommandSpec, 'invocation'> {
  const timeoutMs = checkMilliseconds('timeout', given.timeout);
  const maxBufferBytes = checkCount('maxBuffer', given.maxBuffer, 0, MAX_BUFFER_BYTES);
  return {
    commandId: newCommandId(),
    input: checkInput(given.input),
    output: parseOutput(given),
    signal: checkSignal(given.signal),
    killSignal: checkSignalName(given.killSignal),
    idleMs: limits.idleMs,
    timeoutMs: smaller(timeoutMs === 0 ? undefined : timeoutMs, limits.runtimeMs),
    maxBufferBytes: smaller(maxBufferBytes ?? DEFAULT_MAX_BUFFER_BYTES, limits.outputBytes),
  };
}

function parseOutput(given: RunOptions): CommandSpec['output'] {
  const capture = either('capture', 'captureOutput', given);
  if (checkBoolean('tty', given.tty) !== true) return (capture ?? true) ? 'collect' : 'inherit';
  if (capture === true) throw wrongValue('capture', 'left out with tty', capture);
  if (given.input !== undefined) throw wrongValue('input', 'left out with tty', typeof given.input);
  requireTerminal();
  return 'terminal';
}

function checkSignalName(name: NodeJS.Signals | undefined): NodeJS.Signals | undefined {
  if (name === undefined || Object.hasOwn(constants.signals, name)) return name;
  throw wrongValue('killSignal', "the name of a signal, such as 'SIGTERM'", name);
}

function limitsOf(given: StrategyOptions, defaults: RunDefaults): RunLimits {
  return laidOver(defaults.limits, checkLimits(given.limits));
}

function parseWorkdir({ workdir, cwd }: RunOptions): TreePath {
  if (workdir === undefined) return parsePath(cwd ?? '/', 'cwd');
  const path = parsePath(workdir, 'workdir');
  if (cwd !== undefined && parsePath(cwd, 'cwd') !== path) {
    throw wrongValue('cwd', 'left out, or the same as workdir', cwd);
  }
  return path;
}

function either(first: 'capture', second: 'captureOutput', given: RunOptions): boolean | undefined {
  const value = checkBoolean(first, given[first]);
  const other = checkBoolean(second, given[second]);
  if (value === undefined || other === undefined || value === other) return value ?? other;
  throw wrongValue(second, `left out, or the same as ${first}`, other);
}

function smaller(value: number | undefined, limit: number | undefined): number | undefined {
  return value === undefined || limit === undefined ? (value ?? limit) : Math.min(value, limit);
}
