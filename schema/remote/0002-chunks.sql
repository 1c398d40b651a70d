-- Manifests may be trees of chunks whose ends their content decides (docs/FORMAT.md). No table is
-- another one: the number keeps versions away that could not read such a file.
UPDATE afs_meta SET value = '2' WHERE key = 'schema';
