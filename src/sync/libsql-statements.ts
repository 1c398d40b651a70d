/** The statements that write to a libSQL remote; each list is one transaction. */

import { idToBytes } from '../primitives/object-id.ts';
import type { ObjectKind } from '../store/objects.ts';
import type { RemoteStatement } from './libsql-client.ts';
import type { HeadMove, PayloadCodec, RecordKind, RemoteObject } from './remote.ts';

/** Codecs by their number, from 0. */
export const PAYLOAD_CODECS: readonly PayloadCodec[] = [
  'raw',
  'deflate',
  'sealed-raw',
  'sealed-deflate',
];

/** Kinds of records by their number, from 1. */
export const RECORD_KINDS: readonly RecordKind[] = ['snapshot', 'commit', 'audit'];

/** Rows that one object may be spread over: 16 MiB. */
export const MAX_PARTS = 32;

const KIND_NUMBERS: Readonly<Record<ObjectKind, number>> = { content: 1, node: 2, manifest: 3 };
const PART_BYTES = 512 * 1024;

// Parts first, and only of objects that are not there: their row may hold another encoding.
const INSERT_PART = `
  INSERT INTO afs_parts (object, part, data)
  SELECT :object, :part, :data WHERE NOT EXISTS (SELECT 1 FROM afs_objects WHERE id = :object)`;
const INSERT_OBJECT = `
  INSERT OR IGNORE INTO afs_objects (id, kind, codec, size, parts, data)
  VALUES (:id, :kind, :codec, :size, :parts, :data)`;
// One statement for many objects: their payloads one behind the other, and where each of them is.
const INSERT_OBJECTS = `
  INSERT OR IGNORE INTO afs_objects (id, kind, codec, size, parts, data)
  SELECT unhex(value ->> 0), value ->> 1, value ->> 2, value ->> 3, 1,
    substr(:payloads, value ->> 4, value ->> 5)
  FROM json_each(:objects) ORDER BY key`;
const INSERT_WORKSPACE = `
  INSERT OR IGNORE INTO afs_workspaces (uuid, name, description, tags, created_at)
  VALUES (:uuid, :name, :description, :tags, :createdAt)`;
// The compare-and-set. A repeated move finds itself and changes nothing.
const INSERT_REVISION = `
  INSERT OR IGNORE INTO afs_revisions (workspace, version, move, tree, clock, replica, created_at)
  SELECT :workspace, :version, :move, :tree, :clock, :replica, :createdAt
  WHERE EXISTS (SELECT 1 FROM afs_workspaces WHERE uuid = :workspace AND name = :name)
    AND coalesce((SELECT max(version) FROM afs_revisions WHERE workspace = :workspace), 0)
      = :version - 1`;
const HAS_MOVED = 'EXISTS (SELECT 1 FROM afs_revisions WHERE move = :move)';
const UPDATE_WORKSPACE = `
  UPDATE afs_workspaces SET description = :description, tags = :tags
  WHERE uuid = :workspace AND (description <> :description OR tags <> :tags) AND ${HAS_MOVED}`;
const INSERT_RECORD = `
  INSERT OR IGNORE INTO afs_records (workspace, replica, kind, id, data)
  SELECT :workspace, :replica, :kind, :id, :data WHERE ${HAS_MOVED}`;
const SELECT_MOVE = 'SELECT version FROM afs_revisions WHERE move = :move';

/** Adds objects, in their order; those that are there already are left alone. */
export function insertObjects(objects: readonly RemoteObject[]): RemoteStatement[] {
  const statements: RemoteStatement[] = [];
  let small: RemoteObject[] = [];
  const addSmall = (): void => {
    if (small.length > 0) statements.push(insertSmall(small));
    small = [];
  };
  for (const object of objects) {
    if (object.payload.length <= PART_BYTES) {
      small.push(object);
      continue;
    }
    addSmall();
    statements.push(...insertLarge(object));
  }
  addSmall();
  return statements;
}

function insertSmall(objects: readonly RemoteObject[]): RemoteStatement {
  // The place of a byte counts from 1, and what is cut from no bytes at all would be NULL.
  const payloads: Uint8Array[] = [Uint8Array.of(0)];
  let place = 2;
  const rows = objects.map(({ id, kind, codec, size, payload }) => {
    payloads.push(payload);
    const from = place;
    place += payload.length;
    const numbers = [KIND_NUMBERS[kind], PAYLOAD_CODECS.indexOf(codec), size];
    return [id, ...numbers, from, payload.length];
  });
  const args = { objects: JSON.stringify(rows), payloads: Buffer.concat(payloads) };
  return { sql: INSERT_OBJECTS, args };
}

function insertLarge({ id, kind, codec, size, payload }: RemoteObject): RemoteStatement[] {
  const object = idToBytes(id);
  const [data = new Uint8Array(0), ...rest] = cut(payload);
  const parts = rest.map((piece, index) => ({
    sql: INSERT_PART,
    args: { object, part: index + 1, data: piece },
  }));
  const numbers = { kind: KIND_NUMBERS[kind], codec: PAYLOAD_CODECS.indexOf(codec), size };
  const args = { id: object, ...numbers, parts: rest.length + 1, data };
  return [...parts, { sql: INSERT_OBJECT, args }];
}

/** Moves the head if it is where it should be; the last statement has a row if the move is there. */
export function insertMove({
  move,
  workspace,
  revision,
  objects,
  records,
}: HeadMove): RemoteStatement[] {
  const { uuid, name, description, createdAt } = workspace;
  const tags = JSON.stringify(workspace.tags);
  const found = { sql: INSERT_WORKSPACE, args: { uuid, name, description, tags, createdAt } };
  return [
    ...insertObjects(objects),
    ...(revision.version === 1 ? [found] : []),
    { sql: INSERT_REVISION, args: { workspace: uuid, name, move, ...revision } },
    { sql: UPDATE_WORKSPACE, args: { workspace: uuid, description, tags, move } },
    ...records.map(({ kind, id, replica, data }) => {
      const number = RECORD_KINDS.indexOf(kind) + 1;
      return {
        sql: INSERT_RECORD,
        args: { workspace: uuid, replica, kind: number, id, data, move },
      };
    }),
    { sql: SELECT_MOVE, args: { move } },
  ];
}

function cut(payload: Uint8Array): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let offset = 0; offset < payload.length; offset += PART_BYTES) {
    pieces.push(payload.subarray(offset, offset + PART_BYTES));
  }
  return pieces;
}
