/**
 * What the processes between the host and a command say, apart from what the command prints: they
 * get a pipe of their own in place of standard error, and the command gets its standard error back.
 */

import type { ChildProcess } from 'node:child_process';
import { constants } from 'node:os';
import type { Readable } from 'node:stream';
import { type AgentFSError, FileNotFoundError, FileSystemError } from '../../primitives/errors.ts';
import { programOnHost } from './find-program.ts';
import type { ProcessSpec } from './process-spec.ts';
import { programFailure } from './spawn.ts';

/** How the first process of a command ended. */
export interface ProcessEnd {
  /** Null when a signal ended it. */
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** For a shell that leads the process group of a command: tells which that is. */
export const TELL_GROUP = 'echo "group $PPID" >&3';

/** For awk: runs a line of the shell, and tells how it ended, which no shell keeps apart. */
export const TELL_END = 'printf "end %d\\n", system(ARGV[1])';

const DRAIN_LIMIT_MS = 1000;

/** Number of the pipe in the arguments of `spawn`. */
const PIPE = 3;

/**
 * How unshare of util-linux 2.38 puts it that SIGKILL ended the command, as it cannot end in that way
 * itself: with status 1, which a command may have too.
 */
const KILLED = /^unshare: sigprocmask unblock failed/m;

const GROUP = /^group (\d+)\n/;
const BEGINS = /^begins\n/m;
const END = /^end (\d+)\n/m;
const PROBLEM = /^(workdir|program) (ENOENT|ENOTDIR|EACCES)\n/m;

/** What awk adds to the number of a signal, and once more when there is a core dump. */
const SIGNALLED = 256;

/** The report on one command. */
export class LauncherReport {
  /** Resolves when `beginWith` has begun the command, or never will. */
  readonly begun: Promise<void>;
  readonly #pipe: Readable | null | undefined;
  readonly #closed: Promise<void>;
  readonly #chunks: Buffer[] = [];

  /** @param onGroup - called once the process group has been told. */
  constructor({ stdio }: ChildProcess, onGroup?: (group: number) => void) {
    const pipe = stdio[PIPE] as Readable | null | undefined;
    let begin: () => void = () => undefined;
    const said = new Promise<void>((resolve) => {
      begin = resolve;
    });
    pipe?.on('data', (bytes: Buffer) => {
      const before = this.group;
      this.#chunks.push(bytes);
      if (before === undefined && this.group !== undefined) onGroup?.(this.group);
      if (this.hasBegun) begin();
    });
    pipe?.on('error', () => undefined);
    this.#pipe = pipe;
    this.#closed = new Promise((resolve) => {
      if (pipe === null || pipe === undefined) return resolve();
      pipe.once('close', resolve);
    });
    this.begun = Promise.race([said, this.#closed]);
  }

  /** Whether it has. */
  get hasBegun(): boolean {
    return BEGINS.test(this.#text());
  }

  /** Why `beginWith` has not begun the command; undefined where it has, or something else failed. */
  problem(
    program: string,
    { workdir = '', env }: Pick<ProcessSpec, 'workdir' | 'env'>,
  ): AgentFSError | undefined {
    const [, what, code] = PROBLEM.exec(this.#text()) ?? [];
    if (code === undefined || this.hasBegun) return undefined;
    if (what === 'program') {
      if (code === 'EACCES') return programFailure(code, program);
      return programFailure('ENOENT', program, programOnHost(program, env['PATH']));
    }
    const path = `/${workdir}`;
    if (code === 'ENOENT') return new FileNotFoundError(path);
    const [known, words] =
      code === 'ENOTDIR'
        ? (['ENOTDIR', 'not a directory'] as const)
        : (['EACCES', 'shut'] as const);
    return new FileSystemError(known, `${known}: ${words}, '${path}'`, {
      path,
      hint: 'Choose a directory of the workspace.',
    });
  }

  /** Reads what is left, once the processes of the command are dead; waits for nobody else long. */
  async finish(): Promise<void> {
    const timer = setTimeout(() => this.#pipe?.destroy(), DRAIN_LIMIT_MS);
    await this.#closed;
    clearTimeout(timer);
  }

  /** The process group of the command, as far as {@link TELL_GROUP} has told it. */
  get group(): number | undefined {
    const group = GROUP.exec(this.#text())?.[1];
    return group === undefined ? undefined : Number(group);
  }

  /** The end of the command itself, as far as the report has another than its launcher. */
  endOf(end: ProcessEnd): ProcessEnd {
    const text = this.#text();
    if (KILLED.test(text)) return { exitCode: null, signal: 'SIGKILL' };
    const told = END.exec(text)?.[1];
    return told === undefined ? end : endFrom(Number(told));
  }

  /** What it has to say besides, such as why a command was not started. */
  get message(): Buffer {
    const text = this.#text();
    return Buffer.from(KILLED.test(text) ? '' : messagesIn(text));
  }

  #text(): string {
    return Buffer.concat(this.#chunks).toString();
  }
}

/** What a report says for people. */
export function messagesIn(report: string): string {
  return [GROUP, BEGINS, END, PROBLEM].reduce((text, line) => text.replace(line, ''), report);
}

function endFrom(told: number): ProcessEnd {
  if (told < SIGNALLED) return { exitCode: told, signal: null };
  return { exitCode: null, signal: nameOfSignal(told % SIGNALLED) };
}

/** The name of a signal; those that have none count as SIGKILL. */
export function nameOfSignal(number: number): NodeJS.Signals {
  const found = Object.entries(constants.signals).find(([, each]) => each === number);
  return (found?.[0] as NodeJS.Signals | undefined) ?? 'SIGKILL';
}
