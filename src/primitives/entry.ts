/** What a directory says about one of its entries. */

import type { ObjectId } from './object-id.ts';

/** The kinds of things that a tree can hold. */
export type EntryKind = 'file' | 'directory' | 'symlink';

/** One named thing in a directory, without its name. */
export interface Entry {
  readonly kind: EntryKind;
  /** Permission bits, 0 to 0o777; 0o777 for a symbolic link. */
  readonly mode: number;
  /**
   * Last change in integer milliseconds since 1970; for a directory, when it was made. Kept and
   * shown, but a different mtime alone is not a change.
   */
  readonly mtime: number;
  /** File: bytes. Symbolic link: bytes of its target. Directory: bytes of all files below it. */
  readonly size: number;
  /** Files and links: 1. Directory: number of files and links below it. */
  readonly files: number;
  /** File: its content. Symbolic link: its target text. Directory: its node. */
  readonly id: ObjectId;
}

/** What an owner needs to do all with a directory. */
export const OWNER_ALL = 0o700;

/** The permission bits that make a file a program. */
export const EXECUTE_BITS = 0o111;

/** Whether the two entries are the same apart from their mtime. */
export function sameEntry(left: Entry | undefined, right: Entry | undefined): boolean {
  if (left === undefined || right === undefined) return left === right;
  return left.id === right.id && left.kind === right.kind && left.mode === right.mode;
}

/** Whether the two look the same as files: with the same mtime too, unless they are directories. */
export function looksSame(left: Entry | undefined, right: Entry | undefined): boolean {
  return sameEntry(left, right) && (left?.kind === 'directory' || left?.mtime === right?.mtime);
}

/** The kinds as the store writes them: 1 file, 2 directory, 3 symbolic link. */
const KIND_NUMBERS: readonly EntryKind[] = ['file', 'directory', 'symlink'];

/** The number of a kind in the store, from 1. */
export function kindNumber(kind: EntryKind): number {
  return KIND_NUMBERS.indexOf(kind) + 1;
}

/** The kind with this number, or undefined. */
export function kindFromNumber(number: number): EntryKind | undefined {
  return KIND_NUMBERS[number - 1];
}
