-- Working state: mutable rows of this store alone.

-- A named, mutable tree. Deleted workspaces keep their row, because the audit log refers to it. One
-- row of state 'base' may stand for the base itself: it has an audit log and nothing else.
CREATE TABLE workspaces (
  number       INTEGER PRIMARY KEY AUTOINCREMENT,
  uuid         TEXT    NOT NULL UNIQUE,
  name         TEXT    NOT NULL,
  description  TEXT    NOT NULL,
  tags         TEXT    NOT NULL,               -- JSON array of strings
  agent_id     TEXT    NOT NULL,               -- '' = nobody in particular
  owner        TEXT    NOT NULL,               -- '' = nobody in particular
  read_only    INTEGER NOT NULL CHECK (read_only IN (0, 1)),
  state        TEXT    NOT NULL CHECK (state IN ('active', 'frozen', 'archived', 'deleted', 'base')),
  parent       TEXT,                           -- name of the workspace it was forked from
  expires_at   INTEGER,                        -- ms since 1970; NULL = never
  sandbox      TEXT CHECK (sandbox IN ('none', 'standard', 'restricted')), -- NULL = as configured
  limits       TEXT    NOT NULL,               -- JSON object of bounds of each command, see docs/FORMAT.md
  root         BLOB    NOT NULL CHECK (length(root) = 32), -- tree without the pending changes
  fork         BLOB    NOT NULL CHECK (length(fork) = 32), -- tree it started from: the merge base
  start        BLOB    NOT NULL CHECK (length(start) = 32), -- tree when it was made: where undo ends
  epoch        INTEGER NOT NULL,               -- counts the changes; caches hang on it
  operation    INTEGER NOT NULL,               -- number of the newest operation not undone; 0 = none
  audit_count  INTEGER NOT NULL,               -- audit rows of this workspace, deleted ones included
  audit_head   BLOB    NOT NULL CHECK (length(audit_head) = 32), -- hash of the newest audit row
  created_at   INTEGER NOT NULL,
  updated_at   INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX workspaces_by_name ON workspaces (name) WHERE state <> 'deleted';

-- Changes of a workspace that are not folded into its root yet. A row hides whatever the root has
-- at its path and below it.
CREATE TABLE pending (
  workspace INTEGER NOT NULL REFERENCES workspaces (number),
  path      TEXT    NOT NULL,
  epoch     INTEGER NOT NULL,                  -- the workspace's epoch with this change
  kind      INTEGER NOT NULL CHECK (kind BETWEEN 0 AND 3), -- 0 deleted, 1 file, 2 directory, 3 link
  mode      INTEGER NOT NULL CHECK (mode BETWEEN 0 AND 511),
  mtime     INTEGER NOT NULL,                  -- ms since 1970
  size      INTEGER NOT NULL CHECK (size >= 0),
  files     INTEGER NOT NULL CHECK (files >= 0),
  id        BLOB             CHECK (id IS NULL OR length(id) = 32), -- NULL when deleted
  checksum  INTEGER NOT NULL,                  -- CRC-32 of the other columns
  PRIMARY KEY (workspace, path)
) STRICT, WITHOUT ROWID;

-- Recorded steps of a workspace that undo can take back. Those above the workspace's `operation`
-- are undone and can be redone until a new one is recorded.
CREATE TABLE operations (
  number      INTEGER PRIMARY KEY AUTOINCREMENT,
  workspace   INTEGER NOT NULL REFERENCES workspaces (number),
  kind        TEXT    NOT NULL,
  summary     TEXT    NOT NULL,                -- for people
  root_before BLOB    NOT NULL CHECK (length(root_before) = 32),
  root_after  BLOB    NOT NULL CHECK (length(root_after) = 32),
  fork_before BLOB    NOT NULL CHECK (length(fork_before) = 32),
  fork_after  BLOB    NOT NULL CHECK (length(fork_after) = 32),
  created_at  INTEGER NOT NULL
) STRICT;
CREATE INDEX operations_by_workspace ON operations (workspace, number);

-- A commit on its way to disk. There is a row only between the first and the last touch of the
-- base: 'prepared' is taken back at the next open, 'applied' has only leftovers to remove.
CREATE TABLE journals (
  number     INTEGER PRIMARY KEY AUTOINCREMENT,
  state      TEXT    NOT NULL CHECK (state IN ('prepared', 'applied')),
  steps      TEXT    NOT NULL,                 -- JSON array, see docs/FORMAT.md
  created_at INTEGER NOT NULL
) STRICT;

-- Who is doing something that only one process may do at a time.
CREATE TABLE leases (
  name      TEXT    NOT NULL PRIMARY KEY,      -- 'base', or 'run:' and the workspace's uuid
  holder    TEXT    NOT NULL,                  -- process token
  grant_id  TEXT    NOT NULL,                  -- random, tells grants of one process apart
  heartbeat INTEGER NOT NULL                   -- counts up while the holder lives
) STRICT, WITHOUT ROWID;

-- Objects that a process has stored or found, and will refer to in a later transaction: gc leaves
-- them alone while the process lives.
CREATE TABLE pins (
  holder TEXT    NOT NULL,                     -- process token and a random part
  object INTEGER NOT NULL,                     -- objects.number
  PRIMARY KEY (holder, object)
) STRICT, WITHOUT ROWID;
