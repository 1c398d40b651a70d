-- Ignored content: where it is on disk, docs/FORMAT.md says.

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
