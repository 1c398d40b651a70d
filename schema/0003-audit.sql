-- Audit: append-only, a chain of hashes for each workspace.

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
