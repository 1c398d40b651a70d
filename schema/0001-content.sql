-- Content: the truth that snapshots, commits and synchronisation are made of. Immutable rows,
-- named by hash. Encodings are specified byte by byte in docs/FORMAT.md.

-- Every stored thing: file content, link targets, chunks, manifests of chunks, tree nodes. A rowid
-- table, because a WITHOUT ROWID table keeps its blobs in the key's B-tree and is twice as slow.
-- A number may be given out again once its row is gone, but no row goes that a pin names.
CREATE TABLE objects (
  number INTEGER PRIMARY KEY,
  id     BLOB    NOT NULL UNIQUE CHECK (length(id) = 32), -- SHA-256 of content, SHA-512/256 of a node or manifest
  kind   INTEGER NOT NULL CHECK (kind BETWEEN 1 AND 3),   -- 1 content, 2 tree node, 3 manifest
  codec  INTEGER NOT NULL CHECK (codec BETWEEN 0 AND 1),  -- 0 stored as it is, 1 raw deflate
  size   INTEGER NOT NULL CHECK (size >= 0),              -- bytes before the codec
  data   BLOB    NOT NULL
) STRICT;

-- An immutable name for a whole tree of one workspace.
CREATE TABLE snapshots (
  number       INTEGER PRIMARY KEY AUTOINCREMENT,
  uuid         TEXT    NOT NULL UNIQUE,
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
  UNIQUE (workspace, name)
) STRICT;

-- An applied change of the base directory. Never deleted; order is by number, never by time.
CREATE TABLE commits (
  number         INTEGER PRIMARY KEY AUTOINCREMENT,
  id             BLOB    NOT NULL UNIQUE CHECK (length(id) = 32),
  parent         BLOB             CHECK (parent IS NULL OR length(parent) = 32), -- commit before it
  workspace_name TEXT    NOT NULL,             -- '' for a revert
  message        TEXT    NOT NULL,
  author_name    TEXT    NOT NULL,
  author_email   TEXT    NOT NULL,             -- '' when none was given
  tree_before    BLOB    NOT NULL CHECK (length(tree_before) = 32),
  tree_after     BLOB    NOT NULL CHECK (length(tree_after) = 32),
  reverts        BLOB             CHECK (reverts IS NULL OR length(reverts) = 32),
  merged         TEXT    NOT NULL,             -- JSON array of paths that were merged line by line
  created_at     INTEGER NOT NULL              -- ms since 1970
) STRICT;
