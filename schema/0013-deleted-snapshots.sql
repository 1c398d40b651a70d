-- Deletions of snapshots travel: what was deleted stays known by its uuid, so that no replica that
-- still has it brings it back.

-- Snapshots that were shared and are deleted, here or by another replica.
CREATE TABLE deleted_snapshots (
  number    INTEGER PRIMARY KEY AUTOINCREMENT, -- in the order in which this store heard of it
  workspace INTEGER NOT NULL REFERENCES workspaces (number),
  uuid      TEXT    NOT NULL,                  -- of the snapshot
  UNIQUE (workspace, uuid)
) STRICT;

-- Number of the last row of deleted_snapshots that was pushed.
ALTER TABLE remotes ADD COLUMN deletions_sent INTEGER NOT NULL DEFAULT 0;

-- The table of snapshots anew, as two workspaces of one store that share a remote have the same ones.
CREATE TABLE snapshots_anew (
  number       INTEGER PRIMARY KEY AUTOINCREMENT,
  uuid         TEXT    NOT NULL,
  workspace    INTEGER NOT NULL REFERENCES workspaces (number),
  name         TEXT    NOT NULL,
  tree         BLOB    NOT NULL CHECK (length(tree) = 32),
  fork         BLOB    NOT NULL CHECK (length(fork) = 32), -- the workspace's fork at that time
  description  TEXT    NOT NULL,               -- '' when none was given
  tags         TEXT    NOT NULL,               -- JSON array of strings
  files        INTEGER NOT NULL,               -- files and links in the tree
  bytes        INTEGER NOT NULL,               -- sum of their sizes
  parent       TEXT,                           -- name of the workspace's snapshot before it
  created_at   INTEGER NOT NULL,               -- ms since 1970
  ignored      INTEGER NOT NULL,               -- state of the ignored content, -1 = not known
  shared       INTEGER NOT NULL CHECK (shared IN (0, 1)), -- 1 from before the push that sends it
  UNIQUE (workspace, name),
  UNIQUE (workspace, uuid)
) STRICT;

-- Numbers of snapshots that are gone must not be given again: `snapshots_sent` goes by them.
INSERT INTO sqlite_sequence (name, seq)
  SELECT 'snapshots_anew', seq FROM sqlite_sequence WHERE name = 'snapshots';

-- Those of a workspace with a remote: a push may have arrived although its answer did not.
INSERT INTO snapshots_anew (number, uuid, workspace, name, tree, fork, description, tags, files,
    bytes, parent, created_at, ignored, shared)
  SELECT number, uuid, workspace, name, tree, fork, description, tags, files,
    bytes, parent, created_at, ignored, workspace IN (SELECT workspace FROM remotes)
  FROM snapshots ORDER BY number;

DROP TABLE snapshots;
ALTER TABLE snapshots_anew RENAME TO snapshots;
