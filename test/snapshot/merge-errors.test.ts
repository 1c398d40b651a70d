import { describe, expect, it } from 'vitest';
import { AgentFSError } from '../../src/primitives/errors.ts';
import { contentId } from '../../src/primitives/object-id.ts';
import { parsePath } from '../../src/primitives/path.ts';
import type { Conflict, ConflictType } from '../../src/snapshot/conflict.ts';
import {
  CommitError,
  commitConflict,
  MergeConflictError,
} from '../../src/snapshot/merge-errors.ts';

function conflict(path: string, type: ConflictType = 'both-modified'): Conflict {
  const hash = contentId(Buffer.from(path));
  const local = { kind: 'file', hash, size: 1, mtime: new Date(5), mode: 0o644 } as const;
  return { path: parsePath(path), type, local };
}

describe('the error of a commit with conflicts', () => {
  it('has a code, the conflicts, the first path and a hint', () => {
    const error = commitConflict([conflict('src/a.ts')]);
    expect(error).toBeInstanceOf(CommitError);
    expect(error).toBeInstanceOf(AgentFSError);
    expect(error).toMatchObject({ name: 'CommitError', code: 'CONFLICT', path: 'src/a.ts' });
    expect(error.message).toBe("The commit has 1 conflict: 'src/a.ts' was changed on both sides.");
    expect(error.hint).toContain('rebase(');
    expect(error.hint).toContain('onConflict');
  });

  it('names three paths and counts the rest', () => {
    const error = commitConflict(['a', 'b', 'c', 'd', 'e'].map((path) => conflict(path)));
    expect(error.message).toMatch(/^The commit has 5 conflicts: 'a' .*'b' .*'c' .*, and 2 more\.$/);
    expect(error.message).not.toContain("'d'");
    expect(error.conflicts).toHaveLength(5);
  });

  it('keeps the conflicts in its JSON', () => {
    const json: unknown = JSON.parse(JSON.stringify(commitConflict([conflict('a')])));
    expect(json).toMatchObject({
      code: 'CONFLICT',
      conflicts: [{ path: 'a', type: 'both-modified', local: { size: 1 } }],
    });
  });
});

describe('an error of a commit for another reason', () => {
  it('has no conflicts', () => {
    const error = new CommitError('NOTHING_TO_COMMIT', 'There is nothing to commit.');
    expect(error.code).toBe('NOTHING_TO_COMMIT');
    expect(error.conflicts).toBeUndefined();
    expect(error.toJSON()).not.toHaveProperty('conflicts');
  });
});

describe('the error of a merge with conflicts', () => {
  it('has its own code and always the conflicts', () => {
    const error = new MergeConflictError([conflict('a'), conflict('b', 'remote-delete')]);
    expect(error).toMatchObject({ name: 'MergeConflictError', code: 'MERGE_CONFLICT', path: 'a' });
    expect(error.conflicts.map(({ type }) => type)).toEqual(['both-modified', 'remote-delete']);
    expect(error.toJSON()).toHaveProperty('conflicts');
  });
});
