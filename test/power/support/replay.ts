/** Does recorded system calls on a disk that may lose power. */

import { umask } from 'node:process';
import type { CrashDisk } from './crash-disk.ts';
import { CrashFile } from './crash-file.ts';
import type { SystemCall } from './system-calls.ts';

/** What a descriptor of the process stands for. */
interface OpenFile {
  readonly file: CrashFile;
  readonly appends: boolean;
  position: number;
}

type Argument = SystemCall['args'][number] | undefined;

/** A name in a directory of the disk. */
interface Place {
  readonly directory: CrashFile;
  readonly name: string;
  readonly file: CrashFile | undefined;
}

/** One process at work on a disk. */
export class Replay {
  readonly #disk: CrashDisk;
  readonly #root: string;
  readonly #open = new Map<number, OpenFile>();
  readonly #umask: number = umask();
  readonly #lines: string[] = [];
  readonly #acts: Readonly<Record<string, (call: SystemCall) => void>> = {
    openat: (call) => this.#openFile(call),
    close: ({ args }) => this.#open.delete(numberOf(args[0])),
    write: (call) => this.#write(call),
    pwrite64: ({ args, ended }) =>
      this.#file(args[0])?.write(ended, numberOf(args[3]), bytesOf(args[1])),
    ftruncate: ({ args, ended }) => this.#file(args[0])?.truncate(ended, numberOf(args[1])),
    fsync: (call) => this.#sync(call),
    fdatasync: (call) => this.#sync(call),
    chmod: ({ args, ended }) => this.#find(args[0])?.file?.chmod(ended, modeOf(args[1])),
    fchmod: ({ args, ended }) => this.#file(args[0])?.chmod(ended, modeOf(args[1])),
    mkdir: ({ args, ended }) =>
      this.#make(ended, args[0], new CrashFile('directory', this.#masked(args[1]))),
    symlink: ({ args, ended }) =>
      this.#make(ended, args[1], new CrashFile('symlink', 0o777, bytesOf(args[0]))),
    link: ({ args, ended }) => this.#make(ended, args[1], this.#find(args[0])?.file),
    rename: ({ args, ended }) => this.#move(ended, args[0], args[1]),
    unlink: ({ args, ended }) => this.#remove(ended, args[0]),
    rmdir: ({ args, ended }) => this.#remove(ended, args[0]),
  };

  /** @param root - where the directory of the disk was when the calls were made. */
  constructor(disk: CrashDisk, root: string) {
    this.#disk = disk;
    this.#root = root;
  }

  /** The lines that the process has printed. */
  get lines(): readonly string[] {
    return this.#lines;
  }

  /** Does one call; calls on what is not on the disk do nothing. */
  do(call: SystemCall): void {
    const act = this.#acts[call.name];
    if (act !== undefined) act(call);
    else this.#refuse(call);
  }

  #openFile({ args, result, ended }: SystemCall): void {
    const place = this.#find(args[1]);
    this.#open.delete(result);
    if (place === undefined) return;
    const flags = String(args[2]).split('|');
    let { file } = place;
    if (file === undefined) {
      file = new CrashFile('file', this.#masked(args[3]));
      this.#make(ended, args[1], file);
    } else if (flags.includes('O_TRUNC')) file.truncate(ended, 0);
    this.#open.set(result, { file, appends: flags.includes('O_APPEND'), position: 0 });
  }

  #write({ args, result, ended }: SystemCall): void {
    const descriptor = numberOf(args[0]);
    const bytes = bytesOf(args[1]).subarray(0, result);
    const open = this.#open.get(descriptor);
    if (open === undefined) {
      if (descriptor === 1) this.#lines.push(...bytes.toString().split('\n').slice(0, -1));
      return;
    }
    const offset = open.appends ? open.file.size : open.position;
    open.file.write(ended, offset, bytes);
    open.position = offset + bytes.length;
  }

  #sync({ args, begun }: SystemCall): void {
    const file = this.#file(args[0]);
    file?.sync(begun);
    if (file?.kind === 'directory') this.#disk.syncNames(file, begun);
  }

  #make(at: number, path: Argument, file: CrashFile | undefined): void {
    const place = this.#find(path);
    if (place === undefined || file === undefined) return;
    this.#disk.rename(at, [[place.directory, place.name, file]]);
  }

  #move(at: number, from: Argument, to: Argument): void {
    const source = this.#find(from);
    const target = this.#find(to);
    if (source === undefined || target === undefined) return;
    // Between two names of one file it does nothing at all.
    if (source.file === target.file) return;
    this.#disk.rename(at, [
      [source.directory, source.name, undefined],
      [target.directory, target.name, source.file],
    ]);
  }

  #remove(at: number, path: Argument): void {
    const place = this.#find(path);
    if (place === undefined) return;
    const { directory, name, file } = place;
    this.#disk.rename(
      at,
      [[directory, name, undefined]],
      file?.kind === 'directory' ? file : undefined,
    );
  }

  /** The process does what nobody has told the replay about: its result would be worth nothing. */
  #refuse({ name, args }: SystemCall): void {
    const isElsewhere =
      /^(fallocate|copy_file_range|p?writev2?)$/.test(name) &&
      args.every((each) => this.#file(each) === undefined);
    if (!isElsewhere) throw new Error(`The replay does not know ${name}(${args.join(', ')}).`);
  }

  #file(descriptor: Argument): CrashFile | undefined {
    return this.#open.get(Number(descriptor))?.file;
  }

  /** Where a path leads to; undefined outside the disk. The last name is not followed. */
  #find(path: Argument): Place | undefined {
    const text = bytesOf(path).toString();
    const [, descriptor, below = ''] = /^\/proc\/self\/fd\/(\d+)(.*)$/.exec(text) ?? [];
    const start = descriptor === undefined ? this.#disk.root : this.#file(descriptor);
    if (start === undefined) return undefined;
    if (descriptor === undefined && !`${text}/`.startsWith(`${this.#root}/`)) return undefined;
    const rest = descriptor === undefined ? text.slice(this.#root.length) : below;
    const parents = rest.split('/').filter((part) => part !== '' && part !== '.');
    const name = parents.pop();
    // The directory itself, which can be opened and synced.
    if (name === undefined) return { directory: start, name: '.', file: start };
    let directory: CrashFile | undefined = start;
    for (const parent of parents) directory = directory?.names.get(parent);
    return directory && { directory, name, file: directory.names.get(name) };
  }

  #masked(mode: Argument): number {
    return modeOf(mode) & ~this.#umask;
  }
}

function bytesOf(value: Argument): Buffer {
  if (Buffer.isBuffer(value)) return value;
  throw new Error(`strace was to write bytes, not ${value}.`);
}

function numberOf(value: Argument): number {
  return Number(value);
}

function modeOf(value: Argument): number {
  return Number.parseInt(String(value), 8);
}
