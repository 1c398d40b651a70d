/** What is needed to run a command, and the checks of it. */

import { constants } from 'node:os';
import { isAbsolute } from 'node:path';
import { wrongType, wrongValue } from '../../primitives/errors.ts';
import { MAX_BUFFER_BYTES } from '../../primitives/limits.ts';
import type { Command, Invocation } from './command.ts';
import { checkEnvironment } from './environment.ts';
import { type CommandInput, checkInput } from './input.ts';
import { requireTerminal } from './terminal.ts';

/** A longer timer would fire at once. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

/** A command and everything around it. */
export interface ProcessSpec {
  /** A string is given to a shell, an array is executed as it stands. */
  readonly command: Command;
  /** The shell to use; `/bin/sh` unless given. */
  readonly shell?: boolean | string | undefined;
  /** A program to start with the command behind its own arguments, such as a sandbox. */
  readonly launcher?: Invocation | undefined;
  /** Absolute host path of the directory to start in. */
  readonly cwd: string;
  /** The directory that the launcher goes to from there, for messages. */
  readonly workdir?: string | undefined;
  /** The complete environment, see `childEnvironment`; `AGENTFS_COMMAND_ID` is added. */
  readonly env: Readonly<Record<string, string>>;
  /** Unique in the world, see `newCommandId`: processes are found and killed by it. */
  readonly commandId: string;
  /** What the command reads; nothing unless given, or the host's input with `'inherit'`. */
  readonly input?: CommandInput | undefined;
  /**
   * `'collect'` keeps the output for the result, `'stream'` makes it readable line by line as well,
   * `'inherit'` lets the command write to the host's own output. `'terminal'` gives it a terminal,
   * which the host's own is connected to while it runs.
   */
  readonly output: 'collect' | 'stream' | 'inherit' | 'terminal';
  /** Bytes kept of each stream, 64 MiB unless given; the rest is read and dropped. */
  readonly maxBufferBytes?: number | undefined;
  /** Milliseconds after which the command is ended; 0 or undefined for never. */
  readonly timeoutMs?: number | undefined;
  /** Milliseconds from `killSignal` to SIGKILL, 5,000 unless given. */
  readonly graceMs?: number | undefined;
  /** Ends the command. */
  readonly signal?: AbortSignal | undefined;
  /** What timeout and abort send first; SIGTERM unless given. */
  readonly killSignal?: NodeJS.Signals | undefined;
}

/**
 * Checks all of a specification but its command.
 *
 * @throws {TypeError | RangeError} INVALID_ARGUMENT, with the name of the field.
 * @throws {AgentFSError} NOT_A_TERMINAL when the output is to be the host's terminal.
 */
export function checkProcessSpec(spec: ProcessSpec): void {
  checkEnvironment(spec.env);
  checkMilliseconds('timeout', spec.timeoutMs);
  checkMilliseconds('graceMs', spec.graceMs);
  checkBufferSize(spec.maxBufferBytes);
  checkInput(spec.input);
  if (spec.output === 'terminal') requireTerminal();
  if (typeof spec.cwd !== 'string') throw wrongType('cwd', 'a string', spec.cwd);
  if (!isAbsolute(spec.cwd) || spec.cwd.includes('\0')) {
    throw wrongValue('cwd', 'an absolute path without NUL', spec.cwd);
  }
  // The watchdog tells ids from process groups by this, and looks for them with grep.
  if (!/^[\w-]{16,}$/.test(spec.commandId) || /^\d+$/.test(spec.commandId)) {
    throw wrongValue('commandId', 'an id from newCommandId()', spec.commandId);
  }
  if (spec.killSignal !== undefined && !Object.hasOwn(constants.signals, spec.killSignal)) {
    throw wrongValue('killSignal', "the name of a signal, such as 'SIGTERM'", spec.killSignal);
  }
  if (spec.signal !== undefined && !(spec.signal instanceof AbortSignal)) {
    throw wrongType('signal', 'an AbortSignal', spec.signal);
  }
}

function checkMilliseconds(name: string, value: unknown): void {
  if (value === undefined) return;
  if (typeof value !== 'number') throw wrongType(name, 'a number of milliseconds', value);
  if (!(value >= 0 && value <= MAX_TIMEOUT_MS)) {
    throw wrongValue(name, `from 0 to ${MAX_TIMEOUT_MS} milliseconds`, value);
  }
}

function checkBufferSize(value: unknown): void {
  if (value === undefined) return;
  if (typeof value !== 'number') throw wrongType('maxBuffer', 'a number of bytes', value);
  if (!Number.isInteger(value) || value < 0 || value > MAX_BUFFER_BYTES) {
    throw wrongValue('maxBuffer', `a whole number from 0 to ${MAX_BUFFER_BYTES}`, value);
  }
}
