-- Trust: what in this store its user stands up for. A store can come along with a project that
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
