-- Service: who may ask a daemon for what, what it has started, what has happened, and what its
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
