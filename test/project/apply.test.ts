import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AppliedChange } from '../../src/project/apply.ts';
import { temporaryProject } from './support/project.ts';
import {
  completed,
  directory,
  file,
  link,
  type ProjectFiles,
  readProject,
} from './support/project-files.ts';

const OLD: ProjectFiles = {
  'README.md': file('# old\n'),
  'same.txt': file('same\n'),
  'run.sh': file('#!/bin/sh\n', 0o644),
  'src/a.ts': file('a\n'),
  'src/deep/er/b.ts': file('b\n'),
  'to-directory': file('file\n'),
  'to-file/inner/x': file('x\n'),
  'to-file/y': file('y\n'),
  link: link('src'),
  'link-to-file': link('same.txt'),
  'file-to-link': file('plain\n'),
  empty: directory(),
  private: directory(0o700),
};

const NEW: ProjectFiles = {
  'README.md': file('# new, and longer\n'),
  'same.txt': file('same\n'),
  'run.sh': file('#!/bin/sh\n', 0o755),
  'new/deep/est/c.ts': file('c\n', 0o600),
  'new/empty': directory(0o750),
  'to-directory/now/z': file('z\n'),
  'to-file': file('file now\n'),
  link: link('new'),
  'link-to-file': file('no link\n'),
  'file-to-link': link('same.txt'),
  'large.bin': file('0123456789abcdef'.repeat(80_000)),
  none: file(''),
  private: directory(0o755),
};

describe('applyToBase', () => {
  it('makes every kind of change, and the scan that follows finds nothing', async () => {
    const project = temporaryProject(OLD);
    const applied = await project.change(NEW);
    expect(readProject(project.root)).toEqual(completed(NEW));
    expect(applied.kept).toEqual([]);
    expect(applied.warnings).toEqual([]);
    expect(project.store.journals.list()).toEqual([]);
    expect((await project.base.scan()).tree).toBe(project.treeOf(NEW));
    await project.change(OLD);
    expect(readProject(project.root)).toEqual(completed(OLD));
  });

  it('turns any project into any other, and the rows it gives spare the next scan', async () => {
    const project = temporaryProject();
    await fc.assert(
      fc.asyncProperty(projectFiles(), async (files) => {
        const { tree } = await project.base.scan();
        const wanted = project.treeOf(files);
        await project.changeFrom(tree, wanted);
        expect(readProject(project.root)).toEqual(completed(files));
        const scanned = await project.base.scan();
        expect(scanned).toEqual({ tree: wanted, ignored: [], warnings: [] });
      }),
      { numRuns: 40 },
    );
  });

  it('puts everything back when the caller cannot record the change', async () => {
    const project = temporaryProject(OLD);
    await fc.assert(
      fc.asyncProperty(projectFiles(), async (files) => {
        const finish = (): void => {
          expect(readProject(project.root)).not.toHaveProperty(['same.txt']);
          throw new Error('the head has moved');
        };
        await expect(project.change(files, { finish })).rejects.toThrow('the head has moved');
        expect(readProject(project.root)).toEqual(completed(OLD));
        expect(project.store.journals.list()).toEqual([]);
      }),
      { numRuns: 15 },
    );
  });

  it('records nothing when somebody else has ended its journal meanwhile', async () => {
    const project = temporaryProject(OLD);
    const { store } = project;
    const finish = (): void => {
      for (const { number } of store.journals.list()) store.journals.end(number);
    };
    await expect(project.change(NEW, { finish })).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(readProject(project.root)).toEqual(completed(OLD));
    expect(store.journals.list()).toEqual([]);
  });

  it('leaves what is ignored in a directory that goes, and says that it stays', async () => {
    const project = temporaryProject({ '.gitignore': file('*.log\n'), 'a/b/c.ts': file('c\n') });
    writeFileSync(join(project.root, 'a/b/debug.log'), 'log\n');
    const applied = await project.change({ '.gitignore': file('*.log\n') });
    expect(applied.kept).toEqual(['a/b', 'a']);
    expect(readProject(project.root)).toEqual(
      completed({ '.gitignore': file('*.log\n'), 'a/b/debug.log': file('log\n') }),
    );
  });

  it('refuses to put a file where a directory keeps what is ignored', async () => {
    const files = { '.gitignore': file('*.log\n'), 'a/b/c.ts': file('c\n') };
    const project = temporaryProject({ ...files, 'a/b/debug.log': file('log\n') });
    const change = project.change({ '.gitignore': file('*.log\n'), a: file('a\n') });
    await expect(change).rejects.toMatchObject({
      code: 'CONFLICT',
      details: { paths: ['a/b'] },
    });
    expect(readProject(project.root)).toEqual(
      completed({ ...files, 'a/b/debug.log': file('log\n') }),
    );
  });

  it('uses an ignored directory that is there, but replaces no ignored file', async () => {
    const rules = { '.gitignore': file('build/\n') };
    const ignored = { build: directory(0o700), 'build/out.o': file('o\n') };
    const project = temporaryProject({ ...rules, ...ignored });
    const added = { ...rules, 'build/keep.txt': file('keep\n') };
    await project.change(added);
    expect(readProject(project.root)).toEqual(completed({ ...ignored, ...added }));
    const tracked = { ...added, build: directory(0o700) };
    const clash = project.change({ ...tracked, 'build/out.o': file('other\n') });
    await expect(clash).rejects.toMatchObject({
      code: 'CONFLICT',
      details: { paths: ['build/out.o'] },
    });
    await project.change({ ...tracked, 'build/out.o': file('o\n') });
    expect(readProject(project.root)).toEqual(completed({ ...ignored, ...added }));
  });

  it('replaces a file with several names instead of writing through it', async () => {
    const project = temporaryProject({ 'a.txt': file('a\n'), 'b.sh': file('b\n') });
    const outside = join(project.root, '..', 'outside');
    linkSync(join(project.root, 'a.txt'), `${outside}-a`);
    linkSync(join(project.root, 'b.sh'), `${outside}-b`);
    await project.change({ 'a.txt': file('new\n'), 'b.sh': file('b\n', 0o755) });
    expect(readFileSync(`${outside}-a`, 'utf8')).toBe('a\n');
    expect(statSync(`${outside}-b`).mode & 0o777).toBe(0o644);
    expect(readProject(project.root)).toEqual({
      'a.txt': file('new\n'),
      'b.sh': file('b\n', 0o755),
    });
  });

  it('drops the set-user-id bit of a file and keeps the bits of a directory', async () => {
    const project = temporaryProject({ tool: file('t\n', 0o755), 'shared/x': file('x\n') });
    chmodSync(join(project.root, 'tool'), 0o4755);
    chmodSync(join(project.root, 'shared'), 0o2755);
    await project.change({
      tool: file('t\n', 0o700),
      shared: directory(0o775),
      'shared/x': file('x\n'),
    });
    expect(statSync(join(project.root, 'tool')).mode & 0o7777).toBe(0o700);
    expect(statSync(join(project.root, 'shared')).mode & 0o7777).toBe(0o2775);
  });

  it('stops when its signal fires, without a trace', async () => {
    const project = temporaryProject(OLD);
    const signal = AbortSignal.abort();
    await expect(project.change(NEW, { signal })).rejects.toMatchObject({ code: 'ABORTED' });
    expect(readProject(project.root)).toEqual(completed(OLD));
    expect(project.store.journals.list()).toEqual([]);
  });

  it('does nothing to the base when there is nothing to change', async () => {
    const project = temporaryProject(OLD);
    const finished: AppliedChange[] = [];
    await project.change(OLD, { finish: (applied) => finished.push(applied) });
    expect(finished).toMatchObject([{ rows: [], kept: [] }]);
  });
});

describe('symbolic links', () => {
  it.each(['/etc', '..', '../../x', 'a/../../x', './..', 'a/../b'])(
    'refuses one to %s before touching anything',
    async (target) => {
      const project = temporaryProject({ 'd/a': file('a\n') });
      const change = project.change({ 'd/a': file('new\n'), escape: link(target) });
      await expect(change).rejects.toMatchObject({
        code: 'OUTSIDE_SYMLINK',
        details: { paths: ['escape'] },
      });
      expect(readProject(project.root)).toEqual(completed({ 'd/a': file('a\n') }));
    },
  );

  it.each(['a', './a', '../d/a', '../other', 'deep/er', '.'])('makes one to %s', async (target) => {
    const project = temporaryProject();
    await project.change({ 'd/link': link(target) });
    expect(readProject(project.root)).toEqual(completed({ 'd/link': link(target) }));
  });

  it('makes one that leads outside when that is allowed, and never follows it', async () => {
    const project = temporaryProject({ d: directory() });
    const outside = join(project.root, '..', 'outside');
    mkdirSync(outside);
    await project.change({ d: link('../outside') }, { allowOutsideSymlinks: true });
    await project.change({ 'd/x': file('x\n') });
    expect(existsSync(join(outside, 'x'))).toBe(false);
    expect(lstatSync(join(project.root, 'd')).isDirectory()).toBe(true);
  });
});

describe('an edit that the scan has not seen', () => {
  const edits: [string, (root: string) => void, string][] = [
    [
      'a file that is rewritten',
      (root) => writeFileSync(join(root, 'README.md'), '# mine\n'),
      'README.md',
    ],
    [
      'a file of the same size',
      (root) => writeFileSync(join(root, 'README.md'), '# OLD\n'),
      'README.md',
    ],
    ['a file that is removed', (root) => rmSync(join(root, 'src/a.ts')), 'src/a.ts'],
    [
      'a file that becomes a link',
      (root) => becomeLink(join(root, 'to-directory')),
      'to-directory',
    ],
    ['a mode', (root) => chmodSync(join(root, 'run.sh'), 0o600), 'run.sh'],
    ['the mode of a directory', (root) => chmodSync(join(root, 'private'), 0o711), 'private'],
    ['a file where one is to come', (root) => writeFileSync(join(root, 'none'), 'mine\n'), 'none'],
    [
      'a directory that is renamed',
      (root) => renameSync(join(root, 'to-file'), join(root, 'moved')),
      'to-file',
    ],
    [
      'a file in a directory that goes',
      (root) => writeFileSync(join(root, 'to-file/mine'), ''),
      'to-file',
    ],
    ['a directory that becomes a link', (root) => becomeLink(join(root, 'src')), 'src'],
  ];

  it.each(edits)('is a conflict and stays: %s', async (_, edit, path) => {
    const project = temporaryProject(OLD);
    const { tree } = await project.base.scan();
    const wanted = project.treeOf(NEW);
    edit(project.root);
    const edited = readProject(project.root);
    const error = await project.changeFrom(tree, wanted).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'CONFLICT' });
    expect(conflictPaths(error)).toContain(path);
    expect(readProject(project.root)).toEqual(edited);
    expect(project.store.journals.list()).toEqual([]);
  });

  it('is no conflict when it wrote the same content', async () => {
    const project = temporaryProject(OLD);
    const { tree } = await project.base.scan();
    writeFileSync(join(project.root, 'README.md'), '# old\n');
    await project.changeFrom(tree, project.treeOf(NEW));
    expect(readProject(project.root)).toEqual(completed(NEW));
  });

  it('stays when it comes to a placed file while the change is being taken back', async () => {
    const project = temporaryProject(OLD);
    const finish = (): void => {
      writeFileSync(join(project.root, 'README.md'), '# mine\n');
      writeFileSync(join(project.root, 'new/deep/mine.ts'), 'mine\n');
      throw new Error('the head has moved');
    };
    await expect(project.change(NEW, { finish })).rejects.toThrow('the head has moved');
    expect(readProject(project.root)).toEqual(
      completed({ ...OLD, 'README.md': file('# mine\n'), 'new/deep/mine.ts': file('mine\n') }),
    );
  });
});

function becomeLink(place: string): void {
  rmSync(place, { recursive: true });
  symlinkSync('/etc', place);
}

function conflictPaths(error: unknown): unknown {
  if (typeof error !== 'object' || error === null || !('details' in error)) return undefined;
  const { details } = error;
  return typeof details === 'object' && details !== null && 'paths' in details
    ? details.paths
    : undefined;
}

/** Small projects with few names, so that paths change their kind all the time. */
function projectFiles(): fc.Arbitrary<ProjectFiles> {
  const name = fc.constantFrom('a', 'b', 'c', 'd.ts', '\u00e9', 'e\u0301', 'A');
  const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));
  const entry = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant('file' as const),
        text: fc.constantFrom('', 'x', 'y\n', 'z'.repeat(3000)),
        mode: fc.constantFrom(0o644, 0o755, 0o600),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('directory' as const),
        mode: fc.constantFrom(0o755, 0o700),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('symlink' as const),
        target: fc.constantFrom('a', './b', 'c/d'),
      }),
    },
  );
  return fc.array(fc.tuple(path, entry), { maxLength: 12 }).map(consistent);
}

/** Keeps of the entries those that can exist together: nothing below a file or a link. */
function consistent(entries: readonly (readonly [string, ProjectFiles[string]])[]): ProjectFiles {
  const files: Record<string, ProjectFiles[string]> = {};
  for (const [path, entry] of entries) {
    const parts = path.split('/');
    const above = parts.map((_, depth) => parts.slice(0, depth).join('/')).slice(1);
    const isBlocked = above.some((place) => (files[place]?.kind ?? 'directory') !== 'directory');
    const isParent = Object.keys(files).some((other) => other.startsWith(`${path}/`));
    if (!isBlocked && (!isParent || entry.kind === 'directory')) files[path] = entry;
  }
  return files;
}
