/** What a caller can ask of the audit log, checked. */

import { checkChoice, checkCount, checkOptions, checkText } from '../primitives/arguments.ts';
import { wrongType, wrongValue } from '../primitives/errors.ts';
import { compileGlobs, type PathMatcher } from '../primitives/glob.ts';
import { parsePath, type TreePath } from '../primitives/path.ts';
import { AUDIT_OPERATIONS, type AuditEntry, type AuditOperation } from './entry.ts';

/** Which entries are wanted; an absent option does not restrict. */
export interface AuditFilter {
  /** One operation, or any of several. */
  readonly operation?: AuditOperation | readonly AuditOperation[] | undefined;
  /** Earliest time, inclusive: a date, an ISO 8601 string, or milliseconds since 1970. */
  readonly from?: Date | string | number | undefined;
  /** Latest time, inclusive, given like `from`. */
  readonly to?: Date | string | number | undefined;
  /** A path, or a glob such as `src/**`. */
  readonly path?: string | undefined;
  readonly agentId?: string | undefined;
  readonly sessionId?: string | undefined;
  /** At most this many entries; default all. */
  readonly limit?: number | undefined;
  /** Leaves out this many of the first; default 0. */
  readonly offset?: number | undefined;
  /** By id: `'asc'` (default) or `'desc'`. */
  readonly order?: 'asc' | 'desc' | undefined;
}

/** A checked filter. */
export interface AuditQuery {
  readonly operations: readonly AuditOperation[] | undefined;
  /** Milliseconds since 1970. */
  readonly from: number | undefined;
  /** Milliseconds since 1970. */
  readonly to: number | undefined;
  /** The only path; undefined also when `matches` decides. */
  readonly path: TreePath | undefined;
  readonly matches: PathMatcher | undefined;
  readonly agentId: string | undefined;
  readonly sessionId: string | undefined;
  readonly limit: number;
  readonly offset: number;
  readonly descending: boolean;
}

/** The options of a filter. */
export const FILTER_OPTIONS: readonly (keyof AuditFilter)[] = [
  ...(['operation', 'from', 'to', 'path', 'agentId', 'sessionId'] as const),
  ...(['limit', 'offset', 'order'] as const),
];

const ISO_DATE =
  /^[+-]?\d{4,6}-\d{2}(-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?)?$/;

/**
 * Checks a filter.
 *
 * @throws {TypeError} INVALID_ARGUMENT when an option has the wrong type.
 * @throws {RangeError} INVALID_ARGUMENT when an option has an impossible value; it is named.
 * @throws {AgentFSError} INVALID_PATH or INVALID_PATTERN for a `path` that is neither.
 */
export function parseAuditFilter(given?: AuditFilter): AuditQuery {
  const filter = checkOptions(given, FILTER_OPTIONS, 'filter');
  return {
    operations: parseOperations(filter.operation),
    from: parseTime('from', filter.from),
    to: parseTime('to', filter.to),
    ...parsePathFilter(filter.path),
    agentId: checkText('agentId', filter.agentId),
    sessionId: checkText('sessionId', filter.sessionId),
    limit: checkCount('limit', filter.limit) ?? Number.MAX_SAFE_INTEGER,
    offset: checkCount('offset', filter.offset) ?? 0,
    descending: checkChoice('order', filter.order, ['asc', 'desc']) === 'desc',
  };
}

/** Whether an entry is one of those that a query asks for; limit and offset do not count. */
export function isWanted(query: AuditQuery, entry: AuditEntry): boolean {
  const { operations, from, to, path, matches, agentId, sessionId } = query;
  const time = entry.timestamp.getTime();
  return (
    (operations?.includes(entry.operation) ?? true) &&
    time >= (from ?? time) &&
    time <= (to ?? time) &&
    entry.path === (path ?? entry.path) &&
    (matches?.(entry.path as TreePath) ?? true) &&
    entry.agentId === (agentId ?? entry.agentId) &&
    entry.sessionId === (sessionId ?? entry.sessionId)
  );
}

function parseOperations(operation: AuditFilter['operation']): AuditQuery['operations'] {
  if (operation === undefined) return undefined;
  const operations: readonly unknown[] = Array.isArray(operation) ? operation : [operation];
  return operations.map((name) => {
    const known = AUDIT_OPERATIONS.find((each) => each === name);
    if (known === undefined) {
      throw wrongValue('operation', `one of ${AUDIT_OPERATIONS.join(', ')}`, name);
    }
    return known;
  });
}

function parseTime(name: string, time: unknown): number | undefined {
  if (time === undefined) return undefined;
  const wanted = 'a Date, an ISO 8601 string such as 2026-01-31T12:00:00Z, or milliseconds';
  if (!(time instanceof Date) && typeof time !== 'string' && typeof time !== 'number') {
    throw wrongType(name, wanted, time);
  }
  if (typeof time === 'string' && !ISO_DATE.test(time)) throw wrongValue(name, wanted, time);
  const milliseconds = new Date(time).getTime();
  if (Number.isNaN(milliseconds)) throw wrongValue(name, wanted, time);
  return milliseconds;
}

function parsePathFilter(path: unknown): Pick<AuditQuery, 'path' | 'matches'> {
  if (path === undefined) return { path: undefined, matches: undefined };
  if (typeof path !== 'string') throw wrongType('path', 'a string', path);
  if (!/[*?[{]/.test(path)) return { path: parsePath(path), matches: undefined };
  return { path: undefined, matches: compileGlobs([path], 'path') };
}
