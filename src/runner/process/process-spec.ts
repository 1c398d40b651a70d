/** What is needed to run a command. Checked by who takes it from a caller, and trusted here. */

import type { Invocation } from './command.ts';
import type { CommandInput } from './input.ts';
import type { WaitingStart } from './waiting-launcher.ts';

/** A command, what it reads and prints, and when it is ended. */
export interface CommandSpec {
  readonly invocation: Invocation;
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
  /** Milliseconds without output after which it is ended as well; not with a terminal. */
  readonly idleMs?: number | undefined;
  /** Milliseconds from `killSignal` to SIGKILL, 5,000 unless given. */
  readonly graceMs?: number | undefined;
  /** Ends the command. */
  readonly signal?: AbortSignal | undefined;
  /** What timeout and abort send first; SIGTERM unless given. */
  readonly killSignal?: NodeJS.Signals | undefined;
}

/** A command and where it starts. */
export interface ProcessSpec extends CommandSpec {
  /** A program to start with the command behind its own arguments, such as a sandbox. */
  readonly launcher?: Invocation | undefined;
  /** One that has been started before; it is used where the command reads and prints through pipes. */
  readonly waiting?: WaitingStart | undefined;
  /** Absolute host path of the directory to start in. */
  readonly cwd: string;
  /** The directory that the launcher goes to from there, for messages. */
  readonly workdir?: string | undefined;
  /** The complete environment, see `childEnvironment`; `AGENTFS_COMMAND_ID` is added. */
  readonly env: Readonly<Record<string, string>>;
}
