-- Synchronisation: what this store knows of the remotes that its workspaces share.

-- The remote of a workspace, and how far the two have come. No secret is ever in here: `token` and
-- `seal_key` say where the secret is.
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
-- an object in `objects` must not refer to what may never come.
CREATE TABLE incoming (
  number    INTEGER PRIMARY KEY,
  workspace INTEGER NOT NULL REFERENCES workspaces (number),
  id        BLOB    NOT NULL CHECK (length(id) = 32),
  kind      INTEGER NOT NULL CHECK (kind BETWEEN 2 AND 3), -- as in objects
  data      BLOB    NOT NULL,
  UNIQUE (workspace, id)
) STRICT;

-- What other replicas have recorded of themselves: apart from the tables of this store, whose chains
-- go on as if there were no others. Their snapshots are in `snapshots` as well.
CREATE TABLE shared_records (
  number    INTEGER PRIMARY KEY AUTOINCREMENT,
  workspace INTEGER NOT NULL REFERENCES workspaces (number),
  kind      INTEGER NOT NULL CHECK (kind BETWEEN 1 AND 3), -- 1 snapshot, 2 commit, 3 audit rows
  id        TEXT    NOT NULL,
  replica   TEXT    NOT NULL,                  -- uuid of the replica that it comes from
  data      TEXT    NOT NULL,                  -- JSON, see docs/FORMAT.md
  UNIQUE (workspace, kind, id)
) STRICT;
