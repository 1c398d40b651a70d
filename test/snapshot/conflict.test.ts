import { describe, expect, it } from 'vitest';
import type { Entry } from '../../src/primitives/entry.ts';
import { contentId } from '../../src/primitives/object-id.ts';
import { parsePath } from '../../src/primitives/path.ts';
import {
  type ConflictType,
  describeVersions,
  formatConflict,
} from '../../src/snapshot/conflict.ts';

const path = parsePath('f');
const id = contentId(Buffer.from('text'));
const file: Entry = { kind: 'file', mode: 0o644, mtime: 5, size: 4, files: 1, id };
const nothing = { base: undefined, ours: undefined, theirs: undefined };

describe('a conflict', () => {
  it('has a side for each version that there is, and no other', () => {
    expect(
      describeVersions(path, 'local-delete', { ...nothing, base: file, theirs: file }),
    ).toEqual({
      path: 'f',
      type: 'local-delete',
      base: { kind: 'file', hash: id, size: 4, mtime: new Date(5), mode: 0o644 },
      remote: { kind: 'file', hash: id, size: 4, mtime: new Date(5), mode: 0o644 },
    });
    const added = describeVersions(path, 'both-added', { ...nothing, ours: file });
    expect(Object.keys(added)).toEqual(['path', 'type', 'local']);
  });
});

describe('a conflict in words', () => {
  it.each<[ConflictType, string]>([
    ['both-modified', "'f' was changed on both sides"],
    ['both-added', "'f' was added on both sides"],
    ['local-delete', "'f' was deleted here and changed on the other side"],
    ['remote-delete', "'f' was changed here and deleted on the other side"],
    ['file-directory', "'f' is a directory on one side only"],
  ])('says of %s that %s', (type, text) => {
    expect(formatConflict(describeVersions(path, type, nothing))).toBe(text);
  });
});
