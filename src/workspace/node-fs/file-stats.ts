/** What `stat` says about a file, in the shape of `fs.Stats`. */

import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import type { FileInfo } from '../files/file-info.ts';

const BLOCK = 512;
const TYPE_BITS = {
  file: constants.S_IFREG,
  directory: constants.S_IFDIR,
  symlink: constants.S_IFLNK,
} as const;

/** A file, directory or link, in the shape of `fs.Stats`. There is one time: that of the change. */
export class FileStats {
  readonly dev: number = 0;
  /**
   * Made from the path and the content: it stays for as long as the file is the same, so that
   * programs that compare it see a change within the same second.
   */
  readonly ino: number;
  /** The kind and the permission bits. */
  readonly mode: number;
  readonly nlink: number = 1;
  readonly uid: number = 0;
  readonly gid: number = 0;
  readonly rdev: number = 0;
  readonly size: number;
  readonly blksize: number = 4096;
  readonly blocks: number;
  readonly atimeMs: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
  readonly birthtimeMs: number;
  readonly atime: Date;
  readonly mtime: Date;
  readonly ctime: Date;
  readonly birthtime: Date;

  /** @internal */
  constructor({ kind, path, hash, size, mode, mtime, target }: FileInfo) {
    const name = `${path}\0${hash ?? target ?? ''}`;
    this.ino = createHash('sha256').update(name).digest().readUIntBE(0, 6);
    this.mode = TYPE_BITS[kind] | mode;
    this.size = size;
    this.blocks = Math.ceil(size / BLOCK);
    const ms = mtime.getTime();
    [this.atimeMs, this.mtimeMs, this.ctimeMs, this.birthtimeMs] = [ms, ms, ms, ms];
    this.atime = new Date(ms);
    this.mtime = new Date(ms);
    this.ctime = new Date(ms);
    this.birthtime = new Date(ms);
  }

  isFile(): boolean {
    return this.#is(constants.S_IFREG);
  }

  isDirectory(): boolean {
    return this.#is(constants.S_IFDIR);
  }

  isSymbolicLink(): boolean {
    return this.#is(constants.S_IFLNK);
  }

  isBlockDevice(): boolean {
    return false;
  }

  isCharacterDevice(): boolean {
    return false;
  }

  isFIFO(): boolean {
    return false;
  }

  isSocket(): boolean {
    return false;
  }

  #is(type: number): boolean {
    return (this.mode & constants.S_IFMT) === type;
  }
}
