/** The Remote of a libSQL database: Turso, any libSQL server, or a local file. */

import type { ObjectId } from '../primitives/object-id.ts';
import type { ObjectKind } from '../store/objects.ts';
import { type DatabaseRow, type LibsqlAddress, LibsqlClient } from './libsql-client.ts';
import { openSchema } from './libsql-schema.ts';
import {
  insertMove,
  insertObjects,
  MAX_PARTS,
  PAYLOAD_CODECS,
  RECORD_KINDS,
} from './libsql-statements.ts';
import type {
  HeadMove,
  NumberedRecord,
  Remote,
  RemoteCall,
  RemoteHead,
  RemoteInfo,
  RemoteLimits,
  RemoteObject,
  Revision,
} from './remote.ts';
import { bytesAt, choiceAt, idAt, integerAt, stringsAt, textAt } from './row-values.ts';
import { SyncError } from './sync-errors.ts';

const OBJECT_KINDS: readonly ObjectKind[] = ['content', 'node', 'manifest'];

const HEAD = `
  SELECT w.uuid, w.name, w.description, w.tags, w.created_at AS workspace_created_at,
    r.version, r.tree, r.clock, r.replica, r.created_at
  FROM afs_workspaces w JOIN afs_revisions r ON r.workspace = w.uuid
  WHERE w.name = :name ORDER BY r.version DESC LIMIT 1`;
const REVISION = 'SELECT version, tree, clock, replica, created_at FROM afs_revisions';
const REVISION_WITH = `${REVISION} WHERE workspace = :workspace AND version = :version`;
const REVISION_AT = `${REVISION} WHERE workspace = :workspace AND created_at <= :at
  ORDER BY version DESC LIMIT 1`;
const PRESENT = `SELECT id FROM afs_objects
  WHERE id IN (SELECT unhex(value) FROM json_each(:ids))`;
// The first rows whose payloads together fit, the very first in any case.
const OBJECTS = `
  SELECT id, kind, codec, size, parts, data FROM (
    SELECT *, sum(bytes) OVER (ORDER BY number) AS total FROM (
      SELECT *, length(data) + (parts - 1) * 524288 AS bytes FROM afs_objects
      WHERE id IN (SELECT unhex(value) FROM json_each(:ids))))
  WHERE total <= :bytes OR total = bytes ORDER BY number`;
const PARTS = `SELECT data FROM afs_parts WHERE object = :object AND part < :parts ORDER BY part`;
// The plus keeps SQLite from the index on workspaces, by which it would read and sort all records.
const RECORDS = `
  SELECT number, kind, id, replica, data FROM (
    SELECT *, sum(length(data)) OVER (ORDER BY number) AS total FROM (
      SELECT * FROM afs_records
      WHERE +workspace = :workspace AND number > :after AND replica <> :except
      ORDER BY number LIMIT :rows))
  WHERE total <= :bytes OR total = length(data) ORDER BY number`;

/** A shared database behind @libsql/client; one round trip a call, but for objects above 512 KiB. */
export class LibsqlRemote implements Remote {
  readonly label: string;
  readonly limits: RemoteLimits = { bytes: 2 * 1024 * 1024, rows: 2000, ids: 4000 };
  readonly #client: LibsqlClient;

  constructor(address: LibsqlAddress) {
    this.label = address.url;
    this.#client = new LibsqlClient(address);
  }

  open(seal: string, call?: RemoteCall): Promise<RemoteInfo> {
    return openSchema(this.#client, seal, this.label, call);
  }

  async readHead(name: string, call?: RemoteCall): Promise<RemoteHead | undefined> {
    const [row] = await this.#client.execute({ sql: HEAD, args: { name } }, call);
    if (row === undefined) return undefined;
    const workspace = {
      uuid: textAt(row, 'uuid'),
      name: textAt(row, 'name'),
      description: textAt(row, 'description'),
      tags: stringsAt(row, 'tags'),
      createdAt: integerAt(row, 'workspace_created_at'),
    };
    return { workspace, revision: revisionFrom(row) };
  }

  async readRevision(
    workspace: string,
    which: { readonly version: number } | { readonly at: number },
    call?: RemoteCall,
  ): Promise<Revision | undefined> {
    const sql = 'version' in which ? REVISION_WITH : REVISION_AT;
    const [row] = await this.#client.execute({ sql, args: { workspace, ...which } }, call);
    return row === undefined ? undefined : revisionFrom(row);
  }

  async present(ids: readonly ObjectId[], call?: RemoteCall): Promise<ReadonlySet<ObjectId>> {
    const args = { ids: JSON.stringify(ids) };
    const rows = await this.#client.execute({ sql: PRESENT, args }, call);
    return new Set(rows.map((row) => idAt(row, 'id')));
  }

  async readObjects(ids: readonly ObjectId[], call?: RemoteCall): Promise<RemoteObject[]> {
    const args = { ids: JSON.stringify(ids), bytes: this.limits.bytes };
    const rows = await this.#client.execute({ sql: OBJECTS, args }, call);
    const objects: RemoteObject[] = [];
    for (const row of rows) objects.push(await this.#objectFrom(row, call));
    return objects;
  }

  async writeObjects(objects: readonly RemoteObject[], call?: RemoteCall): Promise<void> {
    if (objects.length > 0) await this.#client.batch(insertObjects(objects), call);
  }

  async moveHead(move: HeadMove, call?: RemoteCall): Promise<boolean> {
    return (await this.#client.batch(insertMove(move), call)).length > 0;
  }

  async readRecords(
    workspace: string,
    range: { readonly after: number; readonly except: string },
    call?: RemoteCall,
  ): Promise<NumberedRecord[]> {
    const { bytes, rows } = this.limits;
    const args = { workspace, ...range, bytes, rows };
    const found = await this.#client.execute({ sql: RECORDS, args }, call);
    return found.map((row) => ({
      number: integerAt(row, 'number'),
      kind: choiceAt(row, 'kind', RECORD_KINDS, 1),
      id: textAt(row, 'id'),
      replica: textAt(row, 'replica'),
      data: bytesAt(row, 'data'),
    }));
  }

  close(): void {
    this.#client.close();
  }

  async #objectFrom(row: DatabaseRow, call?: RemoteCall): Promise<RemoteObject> {
    const id = idAt(row, 'id');
    const first = bytesAt(row, 'data');
    const parts = integerAt(row, 'parts');
    return {
      id,
      kind: choiceAt(row, 'kind', OBJECT_KINDS, 1),
      codec: choiceAt(row, 'codec', PAYLOAD_CODECS, 0),
      size: integerAt(row, 'size'),
      payload: parts === 1 ? first : Buffer.concat([first, ...(await this.#rest(id, parts, call))]),
    };
  }

  async #rest(id: ObjectId, parts: number, call?: RemoteCall): Promise<Buffer[]> {
    // Asked for without a look at the number, a hostile remote could fill the memory.
    if (parts > MAX_PARTS) throw tooManyParts(id, parts);
    const args = { object: Buffer.from(id, 'hex'), parts };
    const rows = await this.#client.execute({ sql: PARTS, args }, call);
    return rows.map((row) => bytesAt(row, 'data'));
  }
}

function revisionFrom(row: DatabaseRow): Revision {
  return {
    version: integerAt(row, 'version'),
    tree: textAt(row, 'tree'),
    clock: integerAt(row, 'clock'),
    replica: textAt(row, 'replica'),
    createdAt: integerAt(row, 'created_at'),
  };
}

function tooManyParts(id: ObjectId, parts: number): SyncError {
  return new SyncError('REMOTE_CORRUPT', `Object ${id} on the remote has ${parts} parts.`, {
    hint: 'Nothing was taken over. Restore the remote from a backup, or use another one.',
    details: { id, parts },
  });
}
