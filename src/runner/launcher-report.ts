/**
 * What the processes between the host and a command say, apart from what the command prints: they
 * get a pipe of their own in place of standard error, and the command gets its standard error back.
 */

import type { ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';
import { type AgentFSError, FileNotFoundError, FileSystemError } from '../primitives/errors.ts';
import { programFailure } from './spawn.ts';

/** How the first process of a command ended. */
export interface ProcessEnd {
  /** Null when a signal ended it. */
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** For a shell: starts what follows with its messages in the pipe, and standard error put by. */
export const SET_ASIDE = 'exec "$@" 4>&2 2>&3 3>&-';

/**
 * For a shell in front of the command, in the sandbox: goes to a directory, looks for the program,
 * says whether both are there, and starts what follows with standard error where it was.
 *
 * Arguments: the directory from the root of the workspace, the program, and the command.
 */
export const BEGIN = `
cd -P -- "$1" 2> /dev/null || {
  if [ -d "$1" ]; then why=EACCES; elif [ -e "$1" ]; then why=ENOTDIR; else why=ENOENT; fi
  echo "workdir $why" >&2
  exit 125
}
why=
case $2 in
  */*) if [ -d "$2" ]; then why=EACCES; elif [ ! -e "$2" ]; then why=ENOENT; elif [ ! -x "$2" ]; then why=EACCES; fi ;;
  *) command -v -- "$2" > /dev/null 2>&1 || why=ENOENT ;;
esac
if [ -n "$why" ]; then
  echo "program $why" >&2
  exit 125
fi
shift 2
echo begins >&2
exec "$@" 2>&4 4>&-
`;

/** Number of the pipe in the arguments of `spawn`. */
const PIPE = 3;

/** The line by which {@link BEGIN} says that the command is there. */
const BEGINS = 'begins\n';

/**
 * How unshare of util-linux 2.38 puts it that SIGKILL ended the command, as it cannot end in that way
 * itself: with status 1, which a command may have too.
 */
const KILLED = /^unshare: sigprocmask unblock failed/m;

/** What a report tells besides that the command began. */
export function messagesIn(report: string): string {
  return report.replace(BEGINS, '');
}

/** What a launcher has said so far. */
export class LauncherReport {
  /** Resolves when the command begins, or never will. */
  readonly begun: Promise<void>;
  /** Resolves at the end of the pipe. */
  readonly ended: Promise<void>;
  #text = '';

  /** @param child - one that was started without a launcher has nothing to say. */
  constructor({ stdio }: ChildProcess) {
    const pipe = stdio[PIPE] as Readable | null | undefined;
    this.ended = new Promise<void>((resolve) => {
      if (pipe === null || pipe === undefined) return resolve();
      pipe.once('error', () => undefined);
      pipe.once('close', resolve);
    });
    const line = new Promise<void>((resolve) => {
      pipe?.on('data', (bytes: Buffer) => {
        this.#text += bytes.toString();
        if (this.#hasBegun) resolve();
      });
    });
    this.begun = Promise.race([line, this.ended]);
  }

  /** Why the command did not begin, where that is known. */
  failure(program: string, workdir: string): AgentFSError | undefined {
    const [, what, code] = /^(workdir|program) (ENOENT|ENOTDIR|EACCES)$/m.exec(this.#text) ?? [];
    if (this.#hasBegun || code === undefined) return undefined;
    if (what === 'program') return programFailure(code === 'EACCES' ? code : 'ENOENT', program);
    if (code === 'ENOENT') return new FileNotFoundError(`/${workdir}`);
    const path = `/${workdir}`;
    const problem = code === 'ENOTDIR' ? 'not a directory' : 'permission denied';
    return new FileSystemError(
      code === 'ENOTDIR' ? code : 'EACCES',
      `${code}: ${problem}, '${path}'`,
      {
        path,
        hint: 'Choose a directory of the workspace.',
      },
    );
  }

  /** What else there is, which tells why a launcher failed. */
  get messages(): string {
    return messagesIn(this.#text);
  }

  /** The end of the command itself, as far as it was another than that of its launcher. */
  endOf(end: ProcessEnd): ProcessEnd {
    return KILLED.test(this.#text) ? { exitCode: null, signal: 'SIGKILL' } : end;
  }

  get #hasBegun(): boolean {
    return this.#text.includes(BEGINS);
  }
}
