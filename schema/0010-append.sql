-- Fewer pages for each change: what is written goes to the end of its table.

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
