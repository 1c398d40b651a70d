/** The migrations of the store, in order. Generated from schema/ by `npm run schema`. */

/** One step of the schema: applied once, in one transaction, never edited once released. */
export interface Migration {
  /** Its position, from 1 without gaps; also the version of the schema after it. */
  readonly number: number;
  readonly name: string;
  readonly sql: string;
}

/** All migrations, in ascending order of their numbers. */
export const MIGRATIONS: readonly Migration[] = [
  {
    number: 1,
    name: 'content',
    sql: `-- Content: the truth that snapshots, commits and synchronisation are made of. Immutable rows,
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
`,
  },
  {
    number: 2,
    name: 'working',
    sql: `-- Working state: mutable rows of this store alone.

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

-- Recorded steps of a workspace that undo can take back. Those above the workspace's \`operation\`
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
`,
  },
  {
    number: 3,
    name: 'audit',
    sql: `-- Audit: append-only, a chain of hashes for each workspace.

-- One row for each change, written in the same transaction as the change. The newest row is never
-- removed, so numbers only grow. Rows are found by number or path; the chain of a workspace is read
-- by going through all rows, as an index on it would cost every write a page.
CREATE TABLE audit (
  number      INTEGER PRIMARY KEY,
  workspace   INTEGER NOT NULL REFERENCES workspaces (number),
  sequence    INTEGER NOT NULL,                -- 1, 2, 3 ... in the workspace
  time        INTEGER NOT NULL,                -- ms since 1970
  operation   TEXT    NOT NULL,
  path        TEXT    NOT NULL,                -- '' when it is about no path
  before_id   TEXT    NOT NULL,                -- '' when there was nothing
  after_id    TEXT    NOT NULL,                -- '' when there is nothing
  before_size INTEGER NOT NULL,                -- -1 when there was nothing
  after_size  INTEGER NOT NULL,                -- -1 when there is nothing
  agent_id    TEXT    NOT NULL,
  session_id  TEXT    NOT NULL,
  command_id  TEXT    NOT NULL,                -- '' outside a run
  metadata    TEXT    NOT NULL,                -- JSON object, '' when there is none
  hash        BLOB    NOT NULL CHECK (length(hash) = 32) -- over this row and the hash before it
) STRICT;
CREATE INDEX audit_by_path ON audit (workspace, path);

-- Where the chain of a workspace begins, once retention has removed its oldest rows.
CREATE TABLE audit_anchors (
  workspace INTEGER NOT NULL PRIMARY KEY REFERENCES workspaces (number),
  sequence  INTEGER NOT NULL,                  -- of the newest removed row
  hash      BLOB    NOT NULL CHECK (length(hash) = 32) -- of that row
) STRICT;

CREATE TRIGGER audit_is_append_only BEFORE UPDATE ON audit
BEGIN
  SELECT RAISE (ABORT, 'audit rows cannot be changed');
END;

-- Retention moves the anchor first, in the same transaction, and may then remove what is behind it.
CREATE TRIGGER audit_is_kept BEFORE DELETE ON audit
WHEN OLD.sequence > coalesce((SELECT sequence FROM audit_anchors WHERE workspace = OLD.workspace), 0)
BEGIN
  SELECT RAISE (ABORT, 'audit rows cannot be deleted');
END;
`,
  },
  {
    number: 4,
    name: 'derived',
    sql: `-- Derived: may be emptied at any time; the next scan fills it again.

-- What was last seen in a real directory, so that a scan reads only what has moved since.
CREATE TABLE stat_index (
  directory INTEGER NOT NULL,                  -- 0 the base, else the workspace whose work directory it is
  path      TEXT    NOT NULL,
  kind      INTEGER NOT NULL CHECK (kind BETWEEN 1 AND 3), -- 1 file, 2 directory, 3 link
  mode      INTEGER NOT NULL,
  size      INTEGER NOT NULL,
  mtime     REAL    NOT NULL,                  -- ms since 1970 with a fraction
  ctime     REAL    NOT NULL,                  -- ms since 1970 with a fraction
  inode     INTEGER NOT NULL,
  racy      INTEGER NOT NULL CHECK (racy IN (0, 1)), -- 1: it may have changed without a trace
  id        BLOB    NOT NULL CHECK (length(id) = 32),
  PRIMARY KEY (directory, path)
) STRICT, WITHOUT ROWID;

-- The tree that each of those directories showed when the index was written.
CREATE TABLE directories (
  directory INTEGER NOT NULL PRIMARY KEY,      -- as above
  tree      BLOB    NOT NULL CHECK (length(tree) = 32),
  dirty     INTEGER NOT NULL CHECK (dirty IN (0, 1)), -- 1: a command may have left it half changed
  scanned_at INTEGER NOT NULL
) STRICT;
`,
  },
  {
    number: 5,
    name: 'sync',
    sql: `-- Synchronisation: what this store knows of the remotes that its workspaces share.

-- The remote of a workspace, and how far the two have come. No secret is ever in here: \`token\` and
-- \`seal_key\` say where the secret is.
CREATE TABLE remotes (
  workspace      INTEGER NOT NULL PRIMARY KEY REFERENCES workspaces (number),
  url            TEXT    NOT NULL,             -- without credentials
  name           TEXT    NOT NULL,             -- of the workspace on the remote
  token          TEXT    NOT NULL,             -- 'env:NAME', 'file:PATH', '' = from the configuration
  seal_key       TEXT    NOT NULL,             -- the same for the key of the payloads, '' = none
  settings       TEXT    NOT NULL,             -- JSON object: mode, strategy, selection and more
  uuid           TEXT    NOT NULL,             -- of the workspace on the remote, '' = not known yet
  version        INTEGER NOT NULL,             -- of the revision that was last pulled or pushed, 0 = none
  tree           BLOB             CHECK (tree IS NULL OR length(tree) = 32), -- of it: the merge base
  clock          INTEGER NOT NULL,             -- greatest stamp of a change that was seen
  records        INTEGER NOT NULL,             -- number of the last record that was pulled
  snapshots_sent INTEGER NOT NULL,             -- number of the last snapshot that was pushed
  commits_sent   INTEGER NOT NULL,             -- the same of commits
  audit_sent     INTEGER NOT NULL,             -- the same of audit rows
  audit_hash     BLOB             CHECK (audit_hash IS NULL OR length(audit_hash) = 32), -- of that row
  synced_at      INTEGER,                      -- ms since 1970, NULL = never
  failure        TEXT    NOT NULL,             -- code of the error that the last attempt met, '' = none
  ours_version   INTEGER NOT NULL,             -- of the revision that is being pushed, 0 = none
  ours_tree      BLOB             CHECK (ours_tree IS NULL OR length(ours_tree) = 32), -- its tree
  ours_clock     INTEGER NOT NULL,             -- its stamp
  theirs_version INTEGER NOT NULL,             -- of the revision that waits for decisions, 0 = none
  theirs_tree    BLOB             CHECK (theirs_tree IS NULL OR length(theirs_tree) = 32), -- its tree
  theirs_clock   INTEGER NOT NULL,             -- its stamp
  metrics        TEXT    NOT NULL              -- JSON object of counters
) STRICT;

-- The paths on which a workspace and the revision that waits disagree, and what was decided.
CREATE TABLE sync_conflicts (
  workspace INTEGER NOT NULL REFERENCES workspaces (number),
  path      TEXT    NOT NULL,
  conflict  TEXT    NOT NULL,                  -- JSON object: type, and what the three trees have
  choice    TEXT    NOT NULL CHECK (choice IN ('', 'local', 'remote', 'content')),
  content   BLOB             CHECK (content IS NULL OR length(content) = 32), -- with 'content'
  size      INTEGER NOT NULL,                  -- bytes of that content
  PRIMARY KEY (workspace, path)
) STRICT, WITHOUT ROWID;

-- Tree nodes and manifests that were fetched and checked, until everything below them is here too:
-- an object in \`objects\` must not refer to what may never come.
CREATE TABLE incoming (
  number    INTEGER PRIMARY KEY,
  workspace INTEGER NOT NULL REFERENCES workspaces (number),
  id        BLOB    NOT NULL CHECK (length(id) = 32),
  kind      INTEGER NOT NULL CHECK (kind BETWEEN 2 AND 3), -- as in objects
  data      BLOB    NOT NULL,
  UNIQUE (workspace, id)
) STRICT;

-- What other replicas have recorded of themselves: apart from the tables of this store, whose chains
-- go on as if there were no others. Their snapshots are in \`snapshots\` as well.
CREATE TABLE shared_records (
  number    INTEGER PRIMARY KEY AUTOINCREMENT,
  workspace INTEGER NOT NULL REFERENCES workspaces (number),
  kind      INTEGER NOT NULL CHECK (kind BETWEEN 1 AND 3), -- 1 snapshot, 2 commit, 3 audit rows
  id        TEXT    NOT NULL,
  replica   TEXT    NOT NULL,                  -- uuid of the replica that it comes from
  data      TEXT    NOT NULL,                  -- JSON, see docs/FORMAT.md
  UNIQUE (workspace, kind, id)
) STRICT;
`,
  },
  {
    number: 6,
    name: 'trust',
    sql: `-- Trust: what in this store its user stands up for. A store can come along with a project that
-- somebody else has made, so what could do harm counts only with a signature of this user.

-- What tells this store from all others; a copy of it has the same. One row.
CREATE TABLE identity (
  id TEXT NOT NULL PRIMARY KEY                 -- 32 hexadecimal digits, random
) STRICT, WITHOUT ROWID;
INSERT INTO identity (id) VALUES (lower(hex(randomblob(16))));

-- Who stands up for what. The same subject may be signed by several users, or by one whose secret is
-- another in each container.
CREATE TABLE signatures (
  number    INTEGER PRIMARY KEY,               -- in the order of signing
  subject   TEXT    NOT NULL,                  -- 'store', 'journal:' and its number, ..., see docs/FORMAT.md
  signature TEXT    NOT NULL,                  -- HMAC-SHA-256 in hexadecimal, with the secret of a user
  UNIQUE (subject, signature)
) STRICT;
`,
  },
  {
    number: 7,
    name: 'service',
    sql: `-- Service: who may ask a daemon for what, what it has started, what has happened, and what its
-- clients keep. Other processes write here only to make and revoke tokens.

-- The numbers of principals and jobs, so that none ever stands for two things. One row.
CREATE TABLE service_numbers (
  next INTEGER NOT NULL                        -- the number that is given next, from 1
) STRICT;
INSERT INTO service_numbers (next) VALUES (1);

-- Who a daemon works for: the holder of a token, or a connection that needs none.
CREATE TABLE principals (
  id           INTEGER PRIMARY KEY,            -- from service_numbers
  name         TEXT    NOT NULL,               -- '' for a connection that has not given one
  role         TEXT    NOT NULL CHECK (role IN ('admin', 'app', 'api', 'agent')),
  token_hash   BLOB    CHECK (length(token_hash) = 32), -- SHA-256 of the token, NULL without one
  scopes       TEXT    NOT NULL,               -- JSON array of 'read', 'write', 'run', 'admin'
  workspaces   TEXT    NOT NULL,               -- JSON array of globs; the names that it reaches
  project      TEXT    NOT NULL,               -- the only project that it reaches, '' for any
  ip_cidrs     TEXT    NOT NULL,               -- JSON array; the addresses it may come from, [] for any
  permissions  TEXT    NOT NULL,               -- JSON object of the surface that it uses
  workspace    TEXT    NOT NULL,               -- the one that it works in, '' for none of its own
  created_at   INTEGER NOT NULL,               -- ms since 1970
  last_used_at INTEGER,                        -- the same, NULL for never
  expires_at   INTEGER,                        -- the same, NULL for never
  enabled      INTEGER NOT NULL CHECK (enabled IN (0, 1)) -- 0 once revoked
) STRICT;
CREATE UNIQUE INDEX principals_by_token ON principals (token_hash) WHERE token_hash IS NOT NULL;
CREATE UNIQUE INDEX principals_by_token_name ON principals (name)
  WHERE token_hash IS NOT NULL AND enabled = 1;
CREATE UNIQUE INDEX principals_by_agent_name ON principals (name) WHERE role = 'agent' AND name <> '';

-- What runs, or has run, for a principal in a workspace.
CREATE TABLE jobs (
  id              INTEGER PRIMARY KEY,         -- from service_numbers
  project         TEXT    NOT NULL,            -- the name of the project that the workspace belongs to
  workspace       TEXT    NOT NULL,            -- its name when the job began
  principal       INTEGER NOT NULL,            -- whom it runs for; the row may be gone
  kind            TEXT    NOT NULL,            -- what the surface calls it, such as 'exec' or 'turn'
  name            TEXT    NOT NULL,            -- for people, '' for none
  command         TEXT    NOT NULL,            -- JSON: a line for the shell, or a list of arguments
  state           TEXT    NOT NULL CHECK (state IN ('waiting', 'running', 'succeeded', 'failed', 'cancelled')),
  pid             INTEGER NOT NULL,            -- 0 before it runs, and where it is not known
  exit_code       INTEGER,                     -- NULL while it runs, or when a signal ended it
  restarts        INTEGER NOT NULL,            -- how often its policy has started it again
  restart         TEXT    NOT NULL,            -- JSON object: the policy
  created_at      INTEGER NOT NULL,            -- ms since 1970
  started_at      INTEGER,                     -- the same, NULL before
  ended_at        INTEGER,                     -- the same, NULL before
  result          TEXT    NOT NULL,            -- what it has answered, '' for nothing
  error           TEXT    NOT NULL,            -- why it failed, '' when it did not
  snapshot_before TEXT    NOT NULL,            -- name of a snapshot, '' for none
  snapshot_after  TEXT    NOT NULL,            -- the same
  details         TEXT    NOT NULL             -- JSON object of the surface that has started it
) STRICT;
CREATE INDEX jobs_by_workspace ON jobs (project, workspace, id);
CREATE INDEX jobs_that_go_on ON jobs (id) WHERE ended_at IS NULL;

-- What has happened, in order; every reader keeps the number that it has read up to.
CREATE TABLE events (
  number  INTEGER PRIMARY KEY AUTOINCREMENT,
  time    INTEGER NOT NULL,                    -- ms since 1970
  type    TEXT    NOT NULL,
  source  INTEGER NOT NULL,                    -- the principal that it comes from, 0 for the daemon
  target  INTEGER NOT NULL,                    -- the principal that it is for, 0 for everybody
  data    TEXT    NOT NULL                     -- JSON object
) STRICT;
CREATE INDEX events_by_target ON events (target, number);

-- What clients keep.
CREATE TABLE state_entries (
  scope      TEXT    NOT NULL,                 -- 'global', 'agent', 'session', or one of a surface
  owner      INTEGER NOT NULL,                 -- a principal; 0 where all share the keys
  key        TEXT    NOT NULL,
  value      TEXT    NOT NULL,                 -- JSON
  expires_at INTEGER,                          -- ms since 1970, NULL for never
  PRIMARY KEY (scope, owner, key)
) STRICT, WITHOUT ROWID;
`,
  },
  {
    number: 8,
    name: 'ignored',
    sql: `-- Ignored content: where it is on disk, docs/FORMAT.md says.

-- The stock of the base that a workspace began with; '' while it has none.
ALTER TABLE workspaces ADD COLUMN stock TEXT NOT NULL DEFAULT '';
-- The state of its ignored content: the number of the step that led to it; 0 = as in the stock.
ALTER TABLE workspaces ADD COLUMN ignored INTEGER NOT NULL DEFAULT 0;

-- The same when it was taken; -1 = not known.
ALTER TABLE snapshots ADD COLUMN ignored INTEGER NOT NULL DEFAULT -1;

ALTER TABLE operations ADD COLUMN ignored_before INTEGER NOT NULL DEFAULT 0;
ALTER TABLE operations ADD COLUMN ignored_after INTEGER NOT NULL DEFAULT 0;
-- JSON array of the top-most ignored paths that it has changed.
ALTER TABLE operations ADD COLUMN ignored_paths TEXT NOT NULL DEFAULT '[]';
`,
  },
  {
    number: 9,
    name: 'chunks',
    sql: `-- Manifests may be trees of chunks whose ends their content decides (docs/FORMAT.md). No table is
-- another one: the number keeps versions away that could not read such a file.
`,
  },
  {
    number: 10,
    name: 'append',
    sql: `-- Fewer pages for each change: what is written goes to the end of its table.

-- The log is searched by going through it, also for a path: an index on paths cost every change of a
-- file another page or two.
DROP INDEX audit_by_path;

-- Changes of a workspace that are not folded into its root yet, in the order in which they were made;
-- those of one epoch in the order of their paths. A row hides whatever the root has at its path and
-- below it, and all rows before it that are there.
CREATE TABLE changes (
  workspace INTEGER NOT NULL REFERENCES workspaces (number),
  epoch     INTEGER NOT NULL,                  -- the workspace's epoch with this change
  path      TEXT    NOT NULL,
  kind      INTEGER NOT NULL CHECK (kind BETWEEN 0 AND 3), -- 0 deleted, 1 file, 2 directory, 3 link
  mode      INTEGER NOT NULL CHECK (mode BETWEEN 0 AND 511),
  mtime     INTEGER NOT NULL,                  -- ms since 1970
  size      INTEGER NOT NULL CHECK (size >= 0),
  files     INTEGER NOT NULL CHECK (files >= 0),
  id        BLOB             CHECK (id IS NULL OR length(id) = 32), -- NULL when deleted
  checksum  INTEGER NOT NULL,                  -- CRC-32 of the other columns
  PRIMARY KEY (workspace, epoch, path)
) STRICT, WITHOUT ROWID;
INSERT INTO changes (workspace, epoch, path, kind, mode, mtime, size, files, id, checksum)
  SELECT workspace, epoch, path, kind, mode, mtime, size, files, id, checksum FROM pending;
DROP TABLE pending;
ALTER TABLE changes RENAME TO pending;
`,
  },
  {
    number: 11,
    name: 'caches',
    sql: `-- The package managers whose caches commands of a workspace find, separated by commas; NULL = those
-- that are configured, which bound it.
ALTER TABLE workspaces ADD COLUMN caches TEXT;
`,
  },
  {
    number: 12,
    name: 'events',
    sql: `-- Events are read on from a number, by their numbers: nobody asks for those of one target.
DROP INDEX events_by_target;
`,
  },
  {
    number: 13,
    name: 'deleted-snapshots',
    sql: `-- Deletions of snapshots travel: what was deleted stays known by its uuid, so that no replica that
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

-- Numbers of snapshots that are gone must not be given again: \`snapshots_sent\` goes by them.
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
`,
  },
];
