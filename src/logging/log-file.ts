/**
 * A file that any number of processes append lines to, and that rolls when it is large. There is no
 * lock: a line is one append, which the system does not tear, and rolling is one rename to a name
 * that no other process has. A line that another process writes meanwhile lands in the rolled file.
 */

import { randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { errorCode } from '../primitives/errors.ts';

/** How large a log may become. */
export interface LogFileLimits {
  /** Bytes at which the file rolls. */
  readonly maxBytes: number;
  /** Rolled files that are kept, the newest. */
  readonly maxFiles: number;
}

/** For the owner only: a log tells what somebody does. */
const MODE = 0o600;

/** A log file that is open; `now` names the rolled files. */
export class LogFile {
  readonly #path: string;
  readonly #limits: LogFileLimits;
  readonly #now: () => number;
  #file: number;

  /** @throws {Error} the system's, when the file cannot be opened. */
  constructor(path: string, limits: LogFileLimits, now: () => number) {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    this.#file = openAppending(path);
    // Rolling must rename the file, and not a link that leads to it.
    this.#path = realpathSync(path);
    this.#limits = limits;
    this.#now = now;
  }

  /** Appends a line. @throws {Error} the system's, such as ENOSPC; the line is then lost. */
  append(line: string): void {
    this.#follow();
    const bytes = Buffer.from(line);
    const stats = fstatSync(this.#file);
    const isFull = stats.size > 0 && stats.size + bytes.length > this.#limits.maxBytes;
    if (stats.isFile() && isFull) this.#roll(stats.ino);
    writeSync(this.#file, bytes);
  }

  close(): void {
    closeSync(this.#file);
  }

  /** Goes on in the new file when another process has rolled this one, or somebody removed it. */
  #follow(): void {
    const current = statSync(this.#path, { throwIfNoEntry: false });
    if (current !== undefined && current.ino === fstatSync(this.#file).ino) return;
    this.#reopen();
  }

  #roll(inode: number): void {
    // Between this look and the rename another process may roll: then a young file is rolled again,
    // and nothing is lost.
    if (statSync(this.#path, { throwIfNoEntry: false })?.ino === inode) {
      const time = new Date(this.#now()).toISOString().replaceAll(/[-:.]/g, '');
      rename(this.#path, `${this.#path}.${time}-${randomBytes(4).toString('hex')}`);
    }
    this.#reopen();
    this.#prune();
  }

  #reopen(): void {
    const fresh = openAppending(this.#path);
    closeSync(this.#file);
    this.#file = fresh;
  }

  /** Removes the oldest rolled files; several processes may do it at a time. */
  #prune(): void {
    const directory = dirname(this.#path);
    const prefix = `${basename(this.#path)}.`;
    const rolled = readdirSync(directory).filter(
      (name) =>
        name.startsWith(prefix) && /^\d{8}T\d{9}Z-[0-9a-f]{8}$/.test(name.slice(prefix.length)),
    );
    const excess = rolled.sort().slice(0, Math.max(0, rolled.length - this.#limits.maxFiles));
    for (const name of excess) rmSync(join(directory, name), { force: true });
  }
}

function openAppending(path: string): number {
  const { O_APPEND, O_CREAT, O_WRONLY, O_NONBLOCK } = constants;
  // Not to wait for a reader where the path is a FIFO.
  return openSync(path, O_APPEND | O_CREAT | O_WRONLY | O_NONBLOCK, MODE);
}

function rename(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
  }
}
