/**
 * Paths inside a tree: POSIX, relative to the root, without `.`, `..` or empty components.
 * The root is the empty string. Also the order of names, and the names that no tree may hold.
 */

import { InvalidPathError, wrongType } from './errors.ts';
import { MAX_NAME_BYTES, MAX_PATH_BYTES } from './limits.ts';

/** A normalised, checked path inside a tree, such as `src/a.ts`; `''` is the root. */
export type TreePath = string & { readonly brand: 'TreePath' };

/** The root of a tree. */
export const ROOT: TreePath = '' as TreePath;

/** How staged files of a commit begin; such names are never scanned and never stored. */
export const STAGE_PREFIX = '.agentfs-stage-';

/**
 * Checks and normalises what a caller gave as a path.
 *
 * @param input - `/src/a`, `src/a` and `src/./x/../a` all mean `src/a`; `/`, `.` and `''` the root.
 * @param name - the name of the argument, for the message.
 * @throws {TypeError} INVALID_ARGUMENT when the path is not a string.
 * @throws {InvalidPathError} INVALID_PATH for NUL, `..` above the root, a lone surrogate, a
 *   reserved component (`.git`, `.agentfs`), a component above 255 or a path above 4,096 bytes.
 */
export function parsePath(input: unknown, name = 'path'): TreePath {
  if (typeof input !== 'string') throw wrongType(name, 'a string', input);
  const parts: string[] = [];
  for (const part of input.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..') {
      if (parts.pop() === undefined) throw invalid(input, 'leads above the root of the workspace');
      continue;
    }
    const problem = nameProblem(part);
    if (problem !== undefined) throw invalid(input, problem);
    parts.push(part);
  }
  const path = parts.join('/');
  if (path.length > MAX_PATH_BYTES / 3 && Buffer.byteLength(path) > MAX_PATH_BYTES) {
    throw invalid(input, `is longer than ${MAX_PATH_BYTES} bytes`);
  }
  return path as TreePath;
}

/** Why a tree cannot hold an entry of this name, or undefined when it can. */
export function nameProblem(name: string): string | undefined {
  if (name === '' || name === '.' || name === '..') return 'has an empty or relative component';
  if (name.includes('\0')) return 'contains a NUL character';
  if (name.includes('/')) return 'has a component with a slash in it';
  if (!name.isWellFormed()) return 'is not well-formed Unicode (a lone surrogate)';
  if (name.length > MAX_NAME_BYTES / 3 && Buffer.byteLength(name) > MAX_NAME_BYTES) {
    return `has a component longer than ${MAX_NAME_BYTES} bytes`;
  }
  if (isReservedName(name)) return `has the reserved component '${name}'`;
  return undefined;
}

// What HFS+ leaves out when it compares names.
const IGNORED_BY_HFS = /[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g;

// What every reserved name begins with, in some case: most names are told apart by this alone.
const FIRST_OF_RESERVED = /^[.ga\u0080-\uffff]/i;

// The names, their short forms on NTFS, and the dots, spaces and streams that NTFS allows behind.
const RESERVED = /^(?:\.AGENTFS-STAGE-|(?:\.GIT|\.AGENTFS|(?:GIT|AGENTFS?)~\d)[ .]*(?::|$))/;

/**
 * Whether the name is, or could be taken by some file system for, `.git`, `.agentfs`, or a staged
 * file of a commit. Covers case, the characters that HFS+ ignores, and NTFS's trailing dots and
 * spaces, streams and short names, as git does.
 */
export function isReservedName(name: string): boolean {
  if (!FIRST_OF_RESERVED.test(name)) return false;
  // Upper case folds more than lower case does: the long s (U+017F) becomes an S.
  return RESERVED.test(name.replace(IGNORED_BY_HFS, '').toUpperCase());
}

/** The path of `name` inside the directory `parent`. */
export function joinPath(parent: TreePath, name: string): TreePath {
  return (parent === '' ? name : `${parent}/${name}`) as TreePath;
}

/** The directory that holds `path`; the root's parent is the root. */
export function parentPath(path: TreePath): TreePath {
  const slash = path.lastIndexOf('/');
  return (slash < 0 ? '' : path.slice(0, slash)) as TreePath;
}

/** The last component; `''` for the root. */
export function baseName(path: TreePath): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** The components from the root down; none for the root. */
export function pathParts(path: TreePath): string[] {
  return path === '' ? [] : path.split('/');
}

/** Whether `path` is `ancestor` itself or lies below it. */
export function isWithin(path: TreePath, ancestor: TreePath): boolean {
  if (ancestor === '' || path === ancestor) return true;
  return path.startsWith(ancestor) && path.charCodeAt(ancestor.length) === 47;
}

/**
 * Compares two names by their UTF-8 bytes, as SQLite and tree nodes do. JavaScript's own order is
 * by UTF-16 code units, which puts U+E000 to U+FFFF after the supplementary planes.
 */
export function compareNames(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  for (let i = 0; i < length; i++) {
    const a = left.charCodeAt(i);
    const b = right.charCodeAt(i);
    if (a !== b) return a >= 0xd800 && b >= 0xd800 ? codePointRank(a) - codePointRank(b) : a - b;
  }
  return left.length - right.length;
}

/** Moves surrogates above the rest of the basic plane, which is where their code points lie. */
function codePointRank(unit: number): number {
  return unit >= 0xe000 ? unit - 0x800 : unit + 0x2000;
}

function invalid(input: string, problem: string): InvalidPathError {
  return new InvalidPathError(`The path ${JSON.stringify(input.slice(0, 200))} ${problem}.`, {
    path: input,
    hint: 'Use a path inside the workspace; .git and .agentfs cannot be part of it.',
  });
}
