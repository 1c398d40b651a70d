import { expect, it } from 'vitest';
import { compareWithGit } from '../disk/support/git-ignore.ts';

it.each(Array.from({ length: 10 }, (_, i) => i + 1))(
  'ignore rules decide as git does, with seed %i',
  (seed) => {
    expect(compareWithGit(2_000, seed)).toBeGreaterThan(10_000);
  },
);
