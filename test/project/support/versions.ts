/** Two states of a project that differ in every way that a change can have. */

import { directory, file, link, type ProjectFiles } from './project-files.ts';

const SAME: ProjectFiles = {
  '.gitignore': file('*.log\n'),
  'src/same.ts': file('same\n'),
  'docs/debug.log': file('ignored\n'),
};

export const FIRST: ProjectFiles = {
  ...SAME,
  'README.md': file('# first\n'),
  'run.sh': file('#!/bin/sh\n', 0o644),
  'src/a.ts': file('a, first\n'),
  'src/b.ts': file('b, first\n', 0o600),
  'src/only/first/c.ts': file('c\n'),
  'src/only/first/d.ts': file('d\n', 0o755),
  'swap-1/x': file('x\n'),
  'swap-1/inner/y': file('y\n'),
  'swap-2': file('a file first\n'),
  'link-1': link('src'),
  'link-2': link('README.md'),
  'empty-first': directory(0o711),
  mode: directory(0o750),
  'mode/z.ts': file('z, first\n'),
  'large.txt': file('0123456789abcdef'.repeat(70_000)),
};

export const SECOND: ProjectFiles = {
  ...SAME,
  'README.md': file('# second\n'),
  'run.sh': file('#!/bin/sh\n', 0o755),
  'src/a.ts': file('a, second\n'),
  'src/b.ts': file('b, second\n', 0o640),
  'src/new/second/e.ts': file('e\n'),
  'src/new/f.ts': file('f\n', 0o755),
  'swap-1': file('a file now\n'),
  'swap-2/v': file('v\n'),
  'swap-2/inner/w': file('w\n'),
  'link-1': link('docs'),
  'link-2': file('no link any more\n'),
  'empty-second': directory(0o700),
  mode: directory(0o755),
  'mode/z.ts': file('z, second\n'),
  'large.txt': file('fedcba9876543210'.repeat(70_000)),
};
