/** Lists a page at a time. A cursor says how many items were given before it. */

import { AgentFSError } from '../index.ts';

/** A part of a list. */
export interface Page<Item> {
  readonly items: readonly Item[];
  /** All items, on all pages. */
  readonly total: number;
  /** Absent on the last page. */
  readonly nextCursor?: string;
}

/**
 * The page that begins at a cursor, or the first one. What is added or removed between two pages
 * may be left out or come twice.
 *
 * @throws {AgentFSError} INVALID_ARGUMENT for a cursor that no page gave.
 */
export function pageOf<Item>(
  all: readonly Item[],
  { cursor, limit }: { readonly cursor?: string | undefined; readonly limit: number },
): Page<Item> {
  const start = readCursor(cursor);
  const end = start + limit;
  const items = all.slice(start, end);
  const page = { items, total: all.length };
  return end < all.length ? { ...page, nextCursor: String(end) } : page;
}

/**
 * The number that a cursor stands for; 0 without one.
 *
 * @throws {AgentFSError} INVALID_ARGUMENT when it is none.
 */
export function readCursor(cursor: string | undefined): number {
  if (cursor === undefined) return 0;
  const value = /^\d{1,15}$/.test(cursor) ? Number(cursor) : Number.NaN;
  if (!Number.isNaN(value)) return value;
  throw new AgentFSError('INVALID_ARGUMENT', 'cursor must be one that an earlier page gave.', {
    hint: 'Leave out cursor to start over.',
  });
}
