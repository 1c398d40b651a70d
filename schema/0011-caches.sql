-- The package managers whose caches commands of a workspace find, separated by commas; NULL = those
-- that are configured, which bound it.
ALTER TABLE workspaces ADD COLUMN caches TEXT;
