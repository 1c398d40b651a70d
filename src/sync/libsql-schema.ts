/** The tables of agentfs in a libSQL database: whether they are there, ours, and of which version. */

import { REMOTE_MIGRATIONS } from './generated/remote-schema.ts';
import type { LibsqlClient, RemoteStatement } from './libsql-client.ts';
import type { RemoteCall, RemoteInfo } from './remote.ts';
import { textAt } from './row-values.ts';
import { SyncError } from './sync-errors.ts';

const FORMAT = 'agentfs';
const NEWEST = REMOTE_MIGRATIONS.at(-1)?.number ?? 0;

const META: RemoteStatement = { sql: 'SELECT key, value FROM afs_meta' };
const OURS: RemoteStatement = {
  sql: `SELECT name FROM sqlite_schema WHERE type = 'table' AND name GLOB 'afs_*'`,
};

/**
 * Reads what the remote says of itself, after creating or migrating its tables where that is due.
 *
 * @param seal - what a new remote is marked with.
 * @param label - names the remote in errors.
 * @throws {SyncError} REMOTE_FOREIGN, REMOTE_NEWER; the remote is then unchanged.
 */
export async function openSchema(
  client: LibsqlClient,
  seal: string,
  label: string,
  call?: RemoteCall,
): Promise<RemoteInfo> {
  const found = await readInfo(client, label, call);
  if (found?.schema === NEWEST) return found;
  try {
    await client.batch(migrationFrom(found?.schema ?? 0, seal), call);
  } catch (error) {
    // Somebody else may have been faster; then the tables are there now, and only then.
    const info = await readInfo(client, label, call);
    if (info?.schema === NEWEST) return info;
    throw error;
  }
  return { schema: NEWEST, seal: found?.seal ?? seal };
}

/** One round trip when the tables are there; undefined when there are none. */
async function readInfo(
  client: LibsqlClient,
  label: string,
  call?: RemoteCall,
): Promise<RemoteInfo | undefined> {
  try {
    return infoFrom(await client.execute(META, call), label);
  } catch (error) {
    if (error instanceof SyncError && error.code !== 'REMOTE_FAILED') throw error;
    const tables = await client.execute(OURS, call);
    if (tables.length === 0) return undefined;
    throw tables.some((row) => row['name'] === 'afs_meta') ? error : foreign(label);
  }
}

function infoFrom(rows: readonly Readonly<Record<string, unknown>>[], label: string): RemoteInfo {
  const values = new Map(rows.map((row) => [textAt(row, 'key'), textAt(row, 'value')]));
  const schema = Number(values.get('schema'));
  if (values.get('format') !== FORMAT || !Number.isInteger(schema)) throw foreign(label);
  if (schema > NEWEST) throw newer(label, schema);
  return { schema, seal: values.get('seal') ?? '' };
}

function migrationFrom(schema: number, seal: string): RemoteStatement[] {
  const due = REMOTE_MIGRATIONS.filter(({ number }) => number > schema);
  const marks: Readonly<Record<string, string>> = { format: FORMAT, schema: String(NEWEST), seal };
  return [
    ...due.flatMap(({ statements }) => statements.map((sql) => ({ sql }))),
    ...Object.entries(marks).map(([key, value]) => ({
      // Only the version moves on: a remote keeps the key that it was made with.
      sql: `INSERT INTO afs_meta (key, value) VALUES (:key, :value)
            ON CONFLICT (key) DO UPDATE SET value = excluded.value WHERE key = 'schema'`,
      args: { key, value },
    })),
  ];
}

function foreign(label: string): SyncError {
  return new SyncError('REMOTE_FOREIGN', `${label} has afs_ tables that agentfs did not make.`, {
    hint: 'Use another database.',
    details: { remote: label },
  });
}

function newer(label: string, schema: number): SyncError {
  return new SyncError(
    'REMOTE_NEWER',
    `${label} has schema ${schema}; this agentfs knows up to ${NEWEST}.`,
    { hint: 'Update agentfs.', details: { remote: label, schema, newest: NEWEST } },
  );
}
