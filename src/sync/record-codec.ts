/** The records of a remote: JSON, deflated; nothing in one that came from there is believed. */

import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { parseName } from '../primitives/name.ts';
import { type ObjectId, parseObjectId } from '../primitives/object-id.ts';
import type { AuditRecord } from '../store/audit-hash.ts';
import type { RemoteRecord } from './remote.ts';
import { SyncError } from './sync-errors.ts';

/** Largest record before it is deflated, in bytes. */
const MAX_RECORD_BYTES = 8 * 1024 * 1024;

/** A snapshot of a workspace. */
export interface SnapshotRecord {
  readonly name: string;
  readonly tree: ObjectId;
  readonly description: string;
  readonly tags: readonly string[];
  /** Milliseconds since 1970. */
  readonly createdAt: number;
}

/** A commit that was made from a workspace into the base of some replica. */
export interface CommitRecord {
  readonly parent: ObjectId | null;
  readonly message: string;
  readonly authorName: string;
  readonly authorEmail: string;
  readonly treeBefore: ObjectId;
  readonly treeAfter: ObjectId;
  readonly reverts: ObjectId | null;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
}

/** Audit rows of a replica that follow on each other. */
export interface AuditRun {
  /** The hash before the first row. */
  readonly previous: ObjectId;
  /** Sequence of the first row. */
  readonly first: number;
  readonly rows: readonly AuditRecord[];
}

/** The last moment that a Date can be, in ms since 1970. */
const MAX_TIME = 8_640_000_000_000_000;

type Json = Readonly<Record<string, unknown>>;
type Field<T> = (value: unknown) => T | undefined;

/** The data of a record. */
export function encodeRecord(value: object): Buffer {
  return deflateRawSync(JSON.stringify(value));
}

/** The id of a record with the audit rows of a replica from `first` to `last`. */
export function auditRecordId(replica: string, first: number, last: number): string {
  return `${replica}:${first}-${last}`;
}

const DELETED = ':deleted';

/** The id of the record that says that a snapshot was deleted. */
export function deletionId(uuid: string): string {
  return uuid + DELETED;
}

/** The uuid of the snapshot that a record says was deleted; undefined when it says something else. */
export function deletedSnapshot({ kind, id }: RemoteRecord): string | undefined {
  const isDeletion = kind === 'snapshot' && id.endsWith(DELETED);
  return isDeletion ? id.slice(0, -DELETED.length) : undefined;
}

/** The data of audit rows. */
export function encodeAudit({ previous, first, rows }: AuditRun): Buffer {
  const columns = rows.map((row) => AUDIT_COLUMNS.map((name) => row[name]));
  return encodeRecord({ previous, first, rows: columns });
}

/** @throws {SyncError} REMOTE_CORRUPT. */
export function decodeSnapshot(record: RemoteRecord): SnapshotRecord {
  const json = decode(record);
  return {
    name: field(record, json, 'name', asName),
    tree: field(record, json, 'tree', asId),
    description: field(record, json, 'description', asText),
    tags: field(record, json, 'tags', asTexts),
    createdAt: field(record, json, 'createdAt', asTime),
  };
}

/** All that a deletion says is in its id. @throws {SyncError} REMOTE_CORRUPT. */
export function decodeDeletion(record: RemoteRecord): object {
  decode(record);
  return {};
}

/** @throws {SyncError} REMOTE_CORRUPT. */
export function decodeCommit(record: RemoteRecord): CommitRecord {
  const json = decode(record);
  return {
    parent: field(record, json, 'parent', asMaybeId),
    message: field(record, json, 'message', asText),
    authorName: field(record, json, 'authorName', asText),
    authorEmail: field(record, json, 'authorEmail', asText),
    treeBefore: field(record, json, 'treeBefore', asId),
    treeAfter: field(record, json, 'treeAfter', asId),
    reverts: field(record, json, 'reverts', asMaybeId),
    createdAt: field(record, json, 'createdAt', asTime),
  };
}

/** @throws {SyncError} REMOTE_CORRUPT. */
export function decodeAudit(record: RemoteRecord): AuditRun {
  const json = decode(record);
  const rows = field(record, json, 'rows', (value) => (Array.isArray(value) ? value : undefined));
  return {
    previous: field(record, json, 'previous', asId),
    first: field(record, json, 'first', asInteger),
    rows: rows.map((row) => asAuditRow(row) ?? refuse(record, 'one of its rows is wrong')),
  };
}

/** Says that a record of the remote is wrong. */
export function refuse({ kind, id }: RemoteRecord, why: string, cause?: unknown): never {
  const shown = JSON.stringify(id.slice(0, 80));
  throw new SyncError('REMOTE_CORRUPT', `Record ${shown} (${kind}) was refused: ${why}.`, {
    hint: 'Nothing was taken over. Find out who else writes to the remote, or use another one.',
    details: { kind, id },
    cause,
  });
}

function decode(record: RemoteRecord): Json {
  try {
    const text = inflateRawSync(record.data, { maxOutputLength: MAX_RECORD_BYTES }).toString();
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return { ...value };
  } catch (cause) {
    return refuse(record, 'it cannot be read', cause);
  }
  return refuse(record, 'it is not an object');
}

function field<T>(record: RemoteRecord, json: Json, name: string, as: Field<T>): T {
  const value = as(json[name]);
  return value === undefined ? refuse(record, `its ${name} is wrong`) : value;
}

const AUDIT_COLUMNS = [
  'time',
  'operation',
  'path',
  'beforeId',
  'afterId',
  'beforeSize',
  'afterSize',
  'agentId',
  'sessionId',
  'commandId',
  'metadata',
] as const satisfies readonly (keyof AuditRecord)[];

const AUDIT_SIZES: readonly string[] = ['beforeSize', 'afterSize'];

function asAuditRow(value: unknown): AuditRecord | undefined {
  if (!Array.isArray(value) || value.length !== AUDIT_COLUMNS.length) return undefined;
  const isSound = AUDIT_COLUMNS.every((name, i) => isAuditValue(name, value[i]));
  if (!isSound) return undefined;
  return Object.fromEntries(AUDIT_COLUMNS.map((name, i) => [name, value[i]])) as never;
}

function isAuditValue(name: keyof AuditRecord, value: unknown): boolean {
  if (name === 'time') return asTime(value) !== undefined;
  if (AUDIT_SIZES.includes(name)) return Number.isSafeInteger(value);
  return asText(value) !== undefined;
}

function asText(value: unknown): string | undefined {
  return typeof value === 'string' && value.isWellFormed() ? value : undefined;
}

function asTexts(value: unknown): string[] | undefined {
  const isTexts = Array.isArray(value) && value.every((item) => asText(item) !== undefined);
  return isTexts ? value : undefined;
}

function asInteger(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

function asTime(value: unknown): number | undefined {
  const time = asInteger(value);
  return time === undefined || time > MAX_TIME ? undefined : time;
}

function asId(value: unknown): ObjectId | undefined {
  return typeof value === 'string' ? parseObjectId(value) : undefined;
}

function asMaybeId(value: unknown): ObjectId | null | undefined {
  return value === null ? null : asId(value);
}

function asName(value: unknown): string | undefined {
  try {
    return parseName('snapshot', value);
  } catch {
    return undefined;
  }
}
