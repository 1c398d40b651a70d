import { describe, expect, it } from 'vitest';
import { SafeDirectory } from '../../src/disk/safe-directory.ts';
import { parsePath } from '../../src/primitives/path.ts';
import { twinOf } from '../../src/project/name-collision.ts';
import { temporaryProject } from './support/project.ts';
import { completed, file, readProject } from './support/project-files.ts';

describe('names that differ in case or normalisation only', () => {
  it('are all made where the file system tells them apart, and nothing is left of the try', async () => {
    const project = temporaryProject({ 'a.txt': file('a\n') });
    const files = {
      'a.txt': file('a\n'),
      'A.txt': file('A\n'),
      'new/\u00e9': file('one\n'),
      'new/e\u0301': file('two\n'),
      'new/\u00c9': file('three\n'),
    };
    await project.change(files);
    expect(readProject(project.root)).toEqual(completed(files));
  });

  it('are found as the other name of what is there', () => {
    const project = temporaryProject({ 'd/Stra\u00dfe': file(''), 'd/caf\u00e9': file('') });
    const base = SafeDirectory.open(project.root);
    expect(twinOf(base, parsePath('d/STRASSE'))).toBe('d/Stra\u00dfe');
    expect(twinOf(base, parsePath('d/CAFE\u0301'))).toBe('d/caf\u00e9');
    expect(twinOf(base, parsePath('d/caf\u00e9'))).toBeUndefined();
    expect(twinOf(base, parsePath('d/cafe'))).toBeUndefined();
    base.close();
  });
});
