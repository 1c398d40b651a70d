/**
 * The files of a workspace as a plain map, written to be obviously right and not to be fast: it
 * copies the whole map for each change and knows nothing of ids, trees or pending changes.
 */

/** What a path may hold. File content is a `latin1` string: one character a byte. */
export type ModelItem =
  | { readonly kind: 'file'; readonly content: string; readonly mode: number }
  | { readonly kind: 'directory'; readonly mode: number }
  | { readonly kind: 'symlink'; readonly target: string };

/** How the model says no: with the code that the workspace has to say no with. */
export class Refusal extends Error {
  readonly code: string;

  constructor(code: string) {
    super(code);
    this.code = code;
  }
}

/** What a path of the model leads to. */
interface Found {
  readonly path: string;
  readonly item: ModelItem | undefined;
}

const ROOT_DIRECTORY: ModelItem = { kind: 'directory', mode: 0o755 };
const FILE_MODE = 0o644;
const DIRECTORY_MODE = 0o755;

/** The files of one workspace at one moment. Changes return a new one, or throw a {@link Refusal}. */
export class ModelFiles {
  /** By path, without a slash in front; the root is not among them. */
  readonly items: ReadonlyMap<string, ModelItem>;

  constructor(items: ReadonlyMap<string, ModelItem> = new Map()) {
    this.items = items;
  }

  /** What is exactly at a normalised path. */
  at(path: string): ModelItem | undefined {
    return path === '' ? ROOT_DIRECTORY : this.items.get(path);
  }

  /** Walks to a path, one component at a time, through links inside the workspace. */
  resolve(input: string, followLast: boolean): Found {
    const todo = normalised(input);
    let at: string[] = [];
    let hops = 0;
    for (let name = todo.shift(); name !== undefined; name = todo.shift()) {
      const here = this.at(at.join('/'));
      if (here !== undefined && here.kind !== 'directory') throw new Refusal('ENOTDIR');
      const item = this.at([...at, name].join('/'));
      if (item?.kind !== 'symlink' || (todo.length === 0 && !followLast)) {
        at = [...at, name];
        continue;
      }
      hops += 1;
      if (hops > 40) throw new Refusal('ELOOP');
      if (item.target.startsWith('/')) throw new Refusal('INVALID_PATH');
      todo.unshift(...normalised([...at, item.target].join('/')));
      at = [];
    }
    const path = at.join('/');
    return { path, item: this.at(path) };
  }

  /** Content, size and mode of what is there, links followed. */
  read(input: string): string {
    const { item } = this.found(input);
    if (item.kind !== 'file') throw new Refusal('EISDIR');
    return item.content;
  }

  /** What is at a path, which must be something. */
  found(input: string, followLast = true): { readonly path: string; readonly item: ModelItem } {
    const { path, item } = this.resolve(input, followLast);
    if (item === undefined) throw new Refusal('ENOENT');
    return { path, item };
  }

  /** The paths in a directory, in the order of their bytes. */
  list(input: string, recursive: boolean): string[] {
    const { path, item } = this.found(input);
    if (item.kind !== 'directory') throw new Refusal('ENOTDIR');
    const below = [...this.items.keys()].filter((each) => isBelow(each, path));
    const wanted = recursive ? below : below.filter((each) => parentOf(each) === path);
    return wanted.sort((left, right) => Buffer.compare(Buffer.from(left), Buffer.from(right)));
  }

  /** Replaces a file, appends to it, creates it, or patches it at a position. */
  write(
    input: string,
    data: string,
    flag: 'w' | 'a' | 'wx' | number = 'w',
    mode?: number,
  ): ModelFiles {
    const { path, item } = this.resolve(input, true);
    if (item?.kind === 'directory') throw new Refusal('EISDIR');
    if (item !== undefined && flag === 'wx') throw new Refusal('EEXIST');
    const before = item?.kind === 'file' ? item : undefined;
    const content = written(before?.content ?? '', data, flag);
    const file: ModelItem = { kind: 'file', content, mode: mode ?? before?.mode ?? FILE_MODE };
    return this.#withParents(path).#put(path, file);
  }

  mkdir(input: string, recursive: boolean, mode: number = DIRECTORY_MODE): ModelFiles {
    const { path, item } = this.resolve(input, true);
    if (item?.kind === 'directory' && recursive) return this;
    if (item !== undefined) throw new Refusal('EEXIST');
    if (!recursive && this.at(parentOf(path)) === undefined) throw new Refusal('ENOENT');
    return this.#withParents(path).#put(path, { kind: 'directory', mode });
  }

  symlink(target: string, input: string): ModelFiles {
    const { path, item } = this.resolve(input, false);
    if (item !== undefined) throw new Refusal('EEXIST');
    return this.#withParents(path).#put(path, { kind: 'symlink', target });
  }

  readlink(input: string): string {
    const { item } = this.found(input, false);
    if (item.kind !== 'symlink') throw new Refusal('EINVAL');
    return item.target;
  }

  chmod(input: string, mode: number): ModelFiles {
    const { path, item } = this.found(input);
    if (path === '' || item.kind === 'symlink') throw new Refusal('EINVAL');
    return this.#put(path, { ...item, mode });
  }

  delete(input: string, options: { recursive: boolean; force: boolean }): ModelFiles {
    const { path, item } = this.resolve(input, false);
    if (path === '') throw new Refusal('EINVAL');
    if (item === undefined) {
      if (options.force) return this;
      throw new Refusal('ENOENT');
    }
    if (!options.recursive && this.#hasChildren(path)) throw new Refusal('ENOTEMPTY');
    return this.#without(path);
  }

  copy(from: string, to: string, options: { overwrite: boolean; recursive: boolean }): ModelFiles {
    const source = this.found(from);
    const target = this.resolve(to, true);
    const isDirectory = source.item.kind === 'directory';
    if (isDirectory && !options.recursive) throw new Refusal('EISDIR');
    if (isDirectory && isWithin(target.path, source.path)) throw new Refusal('EINVAL');
    const copied: [string, ModelItem][] = [['', source.item]];
    for (const [path, item] of this.items) {
      if (isBelow(path, source.path)) copied.push([path.slice(source.path.length), item]);
    }
    let files: ModelFiles = this;
    for (const [below, item] of copied.sort(([left], [right]) => compareDepthFirst(left, right))) {
      files = files.#place(`${target.path}${below}`.replace(/^\//, ''), item, options.overwrite);
    }
    return files;
  }

  move(from: string, to: string, options: { overwrite: boolean }): ModelFiles {
    const source = this.found(from, false);
    const target = this.resolve(to, false);
    if (source.path === '') throw new Refusal('EINVAL');
    if (source.path === target.path) return this;
    if (isWithin(target.path, source.path)) throw new Refusal('EINVAL');
    if (target.item !== undefined) this.#checkReplace(source.item, target, options.overwrite);
    const moved = [...this.items].filter(([path]) => isWithin(path, source.path));
    let files = this.#without(source.path).#withParents(target.path);
    if (target.item !== undefined) files = files.#without(target.path);
    for (const [path, item] of moved) {
      files = files.#put(`${target.path}${path.slice(source.path.length)}`, item);
    }
    return files;
  }

  equals(other: ModelFiles): boolean {
    if (this.items === other.items) return true;
    if (this.items.size !== other.items.size) return false;
    return [...this.items].every(([path, item]) => sameItem(item, other.items.get(path)));
  }

  #checkReplace(source: ModelItem, target: Found, overwrite: boolean): void {
    if (!overwrite) throw new Refusal('EEXIST');
    const isDirectory = target.item?.kind === 'directory';
    if (source.kind === 'directory' && !isDirectory) throw new Refusal('ENOTDIR');
    if (source.kind !== 'directory' && isDirectory) throw new Refusal('EISDIR');
    if (isDirectory && this.#hasChildren(target.path)) throw new Refusal('ENOTEMPTY');
  }

  #place(path: string, item: ModelItem, overwrite: boolean): ModelFiles {
    const before = this.at(path);
    if (before?.kind === 'directory') {
      if (item.kind === 'directory') return this;
      throw new Refusal('EISDIR');
    }
    if (before !== undefined && item.kind === 'directory') throw new Refusal('ENOTDIR');
    if (before !== undefined && !overwrite) throw new Refusal('EEXIST');
    return this.#withParents(path).#put(path, item);
  }

  #withParents(path: string): ModelFiles {
    const parent = parentOf(path);
    const item = this.at(parent);
    if (item?.kind === 'directory') return this;
    if (item !== undefined) throw new Refusal('ENOTDIR');
    return this.#withParents(parent).#put(parent, { kind: 'directory', mode: DIRECTORY_MODE });
  }

  #hasChildren(path: string): boolean {
    return [...this.items.keys()].some((each) => isBelow(each, path));
  }

  #put(path: string, item: ModelItem): ModelFiles {
    return new ModelFiles(new Map(this.items).set(path, item));
  }

  #without(path: string): ModelFiles {
    return new ModelFiles(new Map([...this.items].filter(([each]) => !isWithin(each, path))));
  }
}

/** Whether two paths hold the same. */
export function sameItem(left: ModelItem | undefined, right: ModelItem | undefined): boolean {
  if (left === right) return true;
  if (left?.kind === 'file' && right?.kind === 'file') {
    return left.content === right.content && left.mode === right.mode;
  }
  if (left?.kind === 'symlink' && right?.kind === 'symlink') return left.target === right.target;
  return left?.kind === 'directory' && right?.kind === 'directory' && left.mode === right.mode;
}

/** The path of the directory that holds `path`. */
export function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

function written(before: string, data: string, flag: 'w' | 'a' | 'wx' | number): string {
  if (flag === 'a') return before + data;
  if (typeof flag === 'string') return data;
  return before.slice(0, flag).padEnd(flag, '\0') + data + before.slice(flag + data.length);
}

function normalised(input: string): string[] {
  const parts: string[] = [];
  for (const part of input.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.pop() === undefined) throw new Refusal('INVALID_PATH');
  }
  return parts;
}

/** The order in which a tree is walked: it decides which of several errors is met first. */
function compareDepthFirst(left: string, right: string): number {
  const [here, there] = [left, right].map((path) => Buffer.from(path.replaceAll('/', '\0')));
  return here === undefined || there === undefined ? 0 : Buffer.compare(here, there);
}

function isBelow(path: string, ancestor: string): boolean {
  return path !== ancestor && isWithin(path, ancestor);
}

function isWithin(path: string, ancestor: string): boolean {
  return ancestor === '' || path === ancestor || path.startsWith(`${ancestor}/`);
}
