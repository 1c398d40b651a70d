import { describe, expect, it } from 'vitest';
import { compareWithModel } from './support/comparison.ts';

const SEEDS = [1, 2, 3, 4, 5];

const NOTEWORTHY = [
  ...['write: EISDIR', 'write: ENOTDIR', 'write: EEXIST', 'write: INVALID_PATH', 'patch: done'],
  ...['mkdir: ENOENT', 'mkdir: EEXIST', 'delete: ENOTEMPTY', 'delete: ENOENT', 'delete: EINVAL'],
  ...['move: done', 'move: EINVAL', 'move: ENOTEMPTY', 'copy: done', 'copy: EISDIR'],
  ...['chmod: EINVAL', 'readlink: done', 'readlink: EINVAL', 'batch: done', 'batch: ENOENT'],
  ...['restore: done', 'restore: SNAPSHOT_NOT_FOUND', 'restore: SNAPSHOT_EXISTS'],
  ...['undo: done', 'undo: NOTHING_TO_UNDO', 'redo: done', 'redo: NOTHING_TO_REDO'],
  ...['create: done', 'create: WORKSPACE_EXISTS', 'create: WORKSPACE_NOT_FOUND'],
  ...['merge: done', 'merge: MERGE_CONFLICT', 'gc: done', 'reopen: done', 'read: ELOOP'],
];

// A failure names its seed; the same with more operations: npm run test:faults.
describe('a workspace under random operations', () => {
  it('does what a plain map does, 6,000 times', async () => {
    const happened = new Set<string>();
    for (const seed of SEEDS) {
      for (const each of await compareWithModel(seed, 1_200)) happened.add(each);
    }
    expect(NOTEWORTHY.filter((each) => !happened.has(each))).toEqual([]);
  });
});
