/**
 * A launcher that is started before its command is known, which then does not wait for it: a chain
 * of programs that ends in a shell, and that reads what to start from a pipe.
 */

import type { Writable } from 'node:stream';
import { quoteWords } from '../../primitives/quote-words.ts';
import { type StartedChild, startProgram } from '../../primitives/start-program.ts';
import { beginWith, INPUT_PUT_BY } from './begin-script.ts';
import type { Invocation } from './command.ts';

/** Number of the pipe that is read, behind that of the report. */
const SCRIPT = 4;

/** A command that is longer gets its room, or its error, from the system. */
const MOST_CHARACTERS = 64 * 1024;

/** A launcher that waits for a certain command. */
export interface WaitingStart {
  readonly launcher: WaitingLauncher;
  /** What of the command is looked up. */
  readonly program: string;
  /** Where it starts, from the directory that the shell is in. */
  readonly workdir: string;
  /** What comes in front of the command. */
  readonly before: readonly string[];
}

/** What the shell at the end is told. */
interface LateCommand extends Omit<WaitingStart, 'launcher'> {
  readonly invocation: Invocation;
  /** Variables that the shell sets and gives on; their names have to be ones to a shell. */
  readonly env: Readonly<Record<string, string>>;
  readonly hasInput: boolean;
}

/** A launcher that waits. */
export class WaitingLauncher {
  readonly startedAt: number = performance.now();
  readonly #child: StartedChild;
  readonly #exited: Promise<void>;
  #isOver = false;

  private constructor(child: StartedChild) {
    this.#child = child;
    this.#exited = new Promise((resolve) => {
      child.once('exit', () => {
        this.#isOver = true;
        resolve();
      });
    });
    // Whoever waits for the command sees the end of the child.
    this.#script.on('error', () => undefined);
  }

  /** Starts one, without variables; undefined when the system refuses, as it will say once more. */
  static start({ file, args }: Invocation, cwd: string): WaitingLauncher | undefined {
    const stdio = ['pipe', 'pipe', 'pipe', 'pipe', 'pipe'] as const;
    const child = startProgram(file, args, { cwd, env: {}, detached: true, stdio });
    child.on('error', () => undefined);
    return child.pid === undefined ? undefined : new WaitingLauncher(child as StartedChild);
  }

  /** Whether it can start a command no more. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Sends a line to whoever of the chain reads next. */
  tell(line: string): void {
    this.#script.write(`${line}\n`);
  }

  /**
   * Starts the command, once.
   *
   * @returns undefined when it is too long for this way, or the launcher is over.
   */
  begin(command: LateCommand): StartedChild | undefined {
    const { invocation, program, workdir, before, env, hasInput } = command;
    const words = quoteWords([
      ...[workdir === '' ? '.' : `./${workdir}`, program],
      ...[...before, invocation.file, ...invocation.args],
    ]);
    const variables = Object.entries(env).map(
      ([name, value]) => `export ${name}=${quoteWords([value])}\n`,
    );
    const input = hasInput ? `<&${INPUT_PUT_BY}` : '< /dev/null';
    const begin = beginWith(`${input} ${INPUT_PUT_BY}<&-`);
    const script = `${variables.join('')}set -- ${words}\n${begin}`;
    if (this.#isOver || script.length > MOST_CHARACTERS) return undefined;
    this.#isOver = true;
    this.#script.end(script);
    if (!hasInput) this.#child.stdin?.destroy();
    return this.#child;
  }

  /**
   * Gives it up, unless it has started a command, and waits for its end. It has to come to that by
   * itself: what it has in a namespace would else be left to the first process of the host, which may
   * reap nothing, and the namespace would wait for that.
   */
  async end(): Promise<void> {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#script.end();
    await this.#exited;
  }

  get #script(): Writable {
    return this.#child.stdio[SCRIPT] as Writable;
  }
}
