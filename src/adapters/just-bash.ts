/** A workspace as the file system of just-bash: `new Bash({ fs: toJustBashFs(workspace) })`. */

import { posix } from 'node:path';
import type { FileStats, Workspace } from '../index.ts';

/** How text becomes bytes, as just-bash names it. */
type TextEncoding = 'utf8' | 'utf-8' | 'ascii' | 'binary' | 'base64' | 'hex' | 'latin1';
type Encoding = { readonly encoding?: TextEncoding | null } | TextEncoding;

/** What just-bash is told of a path. */
export interface JustBashStat {
  isFile: boolean;
  isDirectory: boolean;
  isSymbolicLink: boolean;
  mode: number;
  size: number;
  mtime: Date;
  ino: number;
}

/** The `IFileSystem` of just-bash, structurally. */
export interface JustBashFs {
  readFile(path: string, options?: Encoding): Promise<string>;
  readFileBuffer(path: string): Promise<Uint8Array>;
  writeFile(path: string, content: string | Uint8Array, options?: Encoding): Promise<void>;
  appendFile(path: string, content: string | Uint8Array, options?: Encoding): Promise<void>;
  exists(path: string): Promise<boolean>;
  stat(path: string): Promise<JustBashStat>;
  lstat(path: string): Promise<JustBashStat>;
  mkdir(path: string, options?: { recursive?: boolean }): Promise<void>;
  readdir(path: string): Promise<string[]>;
  readdirWithFileTypes(
    path: string,
  ): Promise<{ name: string; isFile: boolean; isDirectory: boolean; isSymbolicLink: boolean }[]>;
  rm(path: string, options?: { recursive?: boolean; force?: boolean }): Promise<void>;
  cp(source: string, target: string, options?: { recursive?: boolean }): Promise<void>;
  mv(source: string, target: string): Promise<void>;
  resolvePath(base: string, path: string): string;
  getAllPaths(): string[];
  chmod(path: string, mode: number): Promise<void>;
  symlink(target: string, path: string): Promise<void>;
  link(existing: string, path: string): Promise<void>;
  readlink(path: string): Promise<string>;
  realpath(path: string): Promise<string>;
  utimes(path: string, atime: Date, mtime: Date): Promise<void>;
}

/**
 * The files of a workspace for just-bash. A hard link is a copy, as there are none in a workspace.
 *
 * @example const bash = new Bash({ fs: toJustBashFs(workspace), cwd: '/' });
 */
export function toJustBashFs(workspace: Workspace): JustBashFs {
  const { fs } = workspace;
  return {
    readFile: (path, options) => fs.readFile(path, encodingOf(options) ?? 'utf8'),
    readFileBuffer: (path) => fs.readFile(path),
    writeFile: (path, content, options) => workspace.writeFile(path, content, written(options)),
    appendFile: (path, content, options) => workspace.appendFile(path, content, written(options)),
    exists: (path) => workspace.exists(path),
    stat: async (path) => toStat(await fs.stat(path)),
    lstat: async (path) => toStat(await fs.lstat(path)),
    mkdir: async (path, options) => {
      await fs.mkdir(path, options);
    },
    readdir: (path) => fs.readdir(path),
    readdirWithFileTypes: async (path) =>
      (await fs.readdir(path, { withFileTypes: true })).map((each) => ({
        name: each.name,
        isFile: each.isFile(),
        isDirectory: each.isDirectory(),
        isSymbolicLink: each.isSymbolicLink(),
      })),
    rm: async (path, { recursive = false, force = false } = {}) => {
      // An empty directory goes without `recursive` too.
      await workspace.delete(path, { recursive, force });
    },
    cp: (source, target, options) => fs.cp(source, target, options),
    mv: (source, target) => fs.rename(source, target),
    resolvePath: (base, path) => posix.resolve('/', base, path),
    getAllPaths: () => [],
    chmod: (path, mode) => fs.chmod(path, mode),
    symlink: (target, path) => fs.symlink(target, path),
    link: (existing, path) => fs.copyFile(existing, path, fs.constants.COPYFILE_EXCL),
    readlink: (path) => fs.readlink(path),
    realpath: (path) => fs.realpath(path),
    utimes: (path, atime, mtime) => fs.utimes(path, atime, mtime),
  };
}

function encodingOf(options: Encoding | undefined): BufferEncoding | undefined {
  return (typeof options === 'string' ? options : options?.encoding) ?? undefined;
}

function written(options: Encoding | undefined): { encoding: BufferEncoding | undefined } {
  return { encoding: encodingOf(options) };
}

function toStat(stats: FileStats): JustBashStat {
  const { size, mtime, ino } = stats;
  return {
    isFile: stats.isFile(),
    isDirectory: stats.isDirectory(),
    isSymbolicLink: stats.isSymbolicLink(),
    mode: stats.mode & 0o777,
    ...{ size, mtime, ino },
  };
}
