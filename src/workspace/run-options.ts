/** The options of a run: checked once, with their names, and turned into what the parts need. */

import { wrongValue } from '../primitives/errors.ts';
import { parseName } from '../primitives/name.ts';
import { parsePath, type TreePath } from '../primitives/path.ts';
import { type Command, resolveCommand } from '../runner/command.ts';
import { checkEnvironment, type Environment, newCommandId } from '../runner/environment.ts';
import type { CommandInput } from '../runner/input.ts';
import type { IsolationRequest, SandboxProfile } from '../runner/isolation.ts';
import { checkProcessSpec, type ProcessSpec } from '../runner/process-spec.ts';
import type { StrategyName } from '../runner/strategy.ts';
import { checkBoolean, checkChoice, checkOptions } from './file-arguments.ts';
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
   * Gives the command a terminal, to which that of this process is connected, for interactive use:
   * keys reach it, Ctrl-C and job control included, and nothing is collected. Meanwhile this process
   * lives through SIGINT and SIGQUIT, and must not read the terminal itself. On Linux it takes
   * `script` of util-linux and an awk; elsewhere the command shares the terminal. Default false.
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
}

/** A run, with everything checked and decided that can be without the workspace. */
export interface RunRequest {
  readonly command: Command;
  readonly commandId: string;
  /** How to start the process, but for where and with which environment. */
  readonly process: Omit<ProcessSpec, 'cwd' | 'env' | 'launcher' | 'output'>;
  readonly output: ProcessSpec['output'];
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
}

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
  const given = checkOptions(options);
  resolveCommand(command, given.shell);
  return {
    command,
    ...parseProcess(given, command, limitsOf(given, defaults)),
    inheritEnv: checkBoolean('inheritEnv', given.inheritEnv) ?? true,
    workdir: parseWorkdir(given),
    encoding: checkChoice('encoding', given.encoding, ['utf8', 'buffer']) ?? 'utf8',
    check: checkBoolean('check', given.check) ?? false,
    snapshot: given.snapshot === undefined ? undefined : parseName('snapshot', given.snapshot),
    audit: checkBoolean('audit', given.audit) ?? true,
    rollbackOnFailure: checkBoolean('rollbackOnFailure', given.rollbackOnFailure) ?? false,
    ...parseStrategy(given, defaults),
  };
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
  const { runtimeMs, outputBytes, ...limits } = limitsOf(given, defaults);
  return {
    strategy: checkChoice('strategy', given.strategy, ['auto', 'directory', 'overlay']) ?? 'auto',
    isolation: { profile: checkSandbox(given.sandbox) ?? defaults.sandbox, limits },
  };
}

function parseProcess(
  given: RunOptions,
  command: Command,
  limits: RunLimits,
): Pick<RunRequest, 'process' | 'commandId' | 'env' | 'output'> {
  const { env = {}, timeout, maxBuffer, input, signal, shell, killSignal } = given;
  const commandId = newCommandId();
  const process = { command, shell, commandId, input, signal, killSignal };
  const output = parseOutput(given);
  // What the process runner would refuse is refused before anything is touched.
  checkEnvironment(env);
  checkProcessSpec({
    ...process,
    timeoutMs: timeout,
    maxBufferBytes: maxBuffer,
    cwd: '/',
    env: {},
    output,
  });
  const limited = {
    timeoutMs: smaller(timeout === 0 ? undefined : timeout, limits.runtimeMs),
    maxBufferBytes: smaller(maxBuffer ?? DEFAULT_MAX_BUFFER_BYTES, limits.outputBytes),
  };
  return { process: { ...process, ...limited }, commandId, env, output };
}

function parseOutput(given: RunOptions): RunRequest['output'] {
  const capture = either('capture', 'captureOutput', given);
  if (checkBoolean('tty', given.tty) !== true) return (capture ?? true) ? 'collect' : 'inherit';
  if (capture === true) throw wrongValue('capture', 'left out with tty', capture);
  if (given.input !== undefined) throw wrongValue('input', 'left out with tty', typeof given.input);
  return 'terminal';
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
