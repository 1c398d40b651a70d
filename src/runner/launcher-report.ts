/**
 * What the processes between the host and a command say, apart from what the command prints: they
 * get a pipe of their own in place of standard error, and the command gets its standard error back.
 */

import type { ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';

/** How the first process of a command ended. */
export interface ProcessEnd {
  /** Null when a signal ended it. */
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** For a shell: starts what follows with its messages in the pipe, and standard error put by. */
export const SET_ASIDE = 'exec "$@" 4>&2 2>&3 3>&-';

/** For a shell in front of the command: standard error is where it was. */
export const PUT_BACK = 'exec "$@" 2>&4 4>&-';

/** Number of the pipe in the arguments of `spawn`. */
const PIPE = 3;

/**
 * How unshare of util-linux 2.38 puts it that SIGKILL ended the command, as it cannot end in that way
 * itself: with status 1, which a command may have too.
 */
const KILLED = /^unshare: sigprocmask unblock failed/m;

/** Reads the pipe to its end; nothing of a command that was started without one. */
export async function readReport({ stdio }: ChildProcess): Promise<Buffer> {
  const pipe = stdio[PIPE] as Readable | null | undefined;
  const chunks: Buffer[] = [];
  pipe?.on('data', (bytes: Buffer) => chunks.push(bytes));
  await new Promise<void>((resolve) => {
    if (pipe === null || pipe === undefined) return resolve();
    pipe.once('error', () => undefined);
    pipe.once('close', resolve);
  });
  return Buffer.concat(chunks);
}

/** The end of the command itself, as far as the report has another than its launcher. */
export function commandEnd(end: ProcessEnd, report: Buffer): ProcessEnd {
  return KILLED.test(report.toString()) ? { exitCode: null, signal: 'SIGKILL' } : end;
}
