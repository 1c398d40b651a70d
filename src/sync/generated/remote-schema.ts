/** The migrations of a remote, in order. Generated from schema/remote/ by `npm run schema`. */

/** One step of the schema of a remote: applied once, in one transaction. */
export interface RemoteMigration {
  /** Its position, from 1 without gaps; also the version of the schema after it. */
  readonly number: number;
  readonly statements: readonly string[];
}

/** All migrations, in ascending order of their numbers. */
export const REMOTE_MIGRATIONS: readonly RemoteMigration[] = [
  {
    number: 1,
    statements: [
      `-- A remote: what replicas of a workspace exchange, in a libSQL database that may hold other tables
-- as well. Rows of objects, revisions and records are only ever added. Encodings and rules are
-- specified in docs/FORMAT.md, "Remote".

-- What this database is: 'format' is 'agentfs', 'schema' the number of the newest migration, 'seal'
-- is empty, or tells which key the payloads are encrypted with.
CREATE TABLE afs_meta (
  key   TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
) STRICT`,
      `-- Immutable objects: file contents and chunks, tree nodes, manifests. A row is there only when
-- everything that the object refers to is there as well.
CREATE TABLE afs_objects (
  number INTEGER PRIMARY KEY,
  id     BLOB    NOT NULL UNIQUE CHECK (length(id) = 32), -- keyed when the remote is encrypted
  kind   INTEGER NOT NULL CHECK (kind BETWEEN 1 AND 3),   -- 1 content, 2 tree node, 3 manifest
  codec  INTEGER NOT NULL CHECK (codec BETWEEN 0 AND 3),  -- +1 raw deflate, +2 encrypted
  size   INTEGER NOT NULL CHECK (size >= 0),              -- bytes before the codec
  parts  INTEGER NOT NULL CHECK (parts >= 1),             -- rows that the payload is spread over
  data   BLOB    NOT NULL                                 -- the first 512 KiB of the payload
) STRICT`,
      `-- What of a payload is beyond its first 512 KiB; written in the transaction that adds the object.
CREATE TABLE afs_parts (
  object BLOB    NOT NULL,                     -- afs_objects.id
  part   INTEGER NOT NULL CHECK (part >= 1),
  data   BLOB    NOT NULL,
  PRIMARY KEY (object, part)
) STRICT`,
      `-- The workspaces that are shared here; replicas find theirs by its name.
CREATE TABLE afs_workspaces (
  uuid        TEXT    NOT NULL PRIMARY KEY,    -- made by whoever pushed first
  name        TEXT    NOT NULL UNIQUE,
  description TEXT    NOT NULL,
  tags        TEXT    NOT NULL,                -- JSON array of strings
  created_at  INTEGER NOT NULL                 -- ms since 1970
) STRICT`,
      `-- Every tree that a workspace has had here. The head is the newest revision, its predecessor the
-- common ancestor of all who have to merge with it; the key makes moving the head compare-and-set.
CREATE TABLE afs_revisions (
  workspace  TEXT    NOT NULL REFERENCES afs_workspaces (uuid),
  version    INTEGER NOT NULL CHECK (version >= 1), -- without gaps
  move       TEXT    NOT NULL UNIQUE,          -- uuid of this move, so that it can safely be repeated
  tree       TEXT    NOT NULL,                 -- id of the tree, encrypted when the remote is
  clock      INTEGER NOT NULL,                 -- hybrid logical clock of the newest change in it
  replica    TEXT    NOT NULL,                 -- uuid of the replica that pushed it
  created_at INTEGER NOT NULL,                 -- ms since 1970, by the clock of that replica
  PRIMARY KEY (workspace, version)
) STRICT`,
      `-- What else a workspace shares: its snapshots, the commits made from it, its audit rows.
CREATE TABLE afs_records (
  number    INTEGER PRIMARY KEY AUTOINCREMENT, -- grows, so a replica asks for what is after the last
  workspace TEXT    NOT NULL REFERENCES afs_workspaces (uuid),
  replica   TEXT    NOT NULL,                  -- uuid of the replica that it comes from
  kind      INTEGER NOT NULL CHECK (kind BETWEEN 1 AND 3), -- 1 snapshot, 2 commit, 3 audit rows
  id        TEXT    NOT NULL,
  data      BLOB    NOT NULL,
  UNIQUE (workspace, kind, id)
) STRICT`,
    ],
  },
  {
    number: 2,
    statements: [
      `-- Manifests may be trees of chunks whose ends their content decides (docs/FORMAT.md). No table is
-- another one: the number keeps versions away that could not read such a file.
UPDATE afs_meta SET value = '2' WHERE key = 'schema'`,
    ],
  },
];
