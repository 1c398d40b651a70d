-- Derived: may be emptied at any time; the next scan fills it again.

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
