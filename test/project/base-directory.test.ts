import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ROOT, type TreePath } from '../../src/primitives/path.ts';
import { TemporaryWorkspace } from '../../src/testing/index.ts';
import { openTestEngine } from '../support/run-fixture.ts';
import { TestProject } from '../support/test-project.ts';

it('sees what was deleted in a directory whose mode changed as well', async () => {
  await using test = await TemporaryWorkspace.create({ files: { 'd/x': 'x', 'd/y': 'y' } });
  rmSync(join(test.dir, 'd/x'));
  chmodSync(join(test.dir, 'd'), 0o700);
  const later = await test.afs.workspace.create('later');
  expect(await later.readdir('d')).toEqual(['y']);
  expect((await later.stat('d')).mode).toBe(0o700);
});

it('sees a directory that became a file, and the other way round', async () => {
  await using test = await TemporaryWorkspace.create({ files: { 'd/x': 'x', f: 'f' } });
  const at = (path: string): string => join(test.dir, path);
  rmSync(at('d'), { recursive: true });
  writeFileSync(at('d'), 'now a file');
  rmSync(at('f'));
  mkdirSync(at('f'));
  writeFileSync(at('f/inside'), 'i');
  const later = await test.afs.workspace.create('later');
  expect(await later.readdir('/')).toEqual(['d', 'f']);
  expect(await later.readdir('f')).toEqual(['inside']);
  expect(await later.readText('d')).toBe('now a file');
});

it('sees what is gone from the base itself when it is looked at as one path of several', async () => {
  const project = new TestProject({ 'gone.txt': 'x', 'stays.txt': 'y', 'd/z.txt': 'z' });
  const engine = openTestEngine(project.dir);
  await engine.base.scan({ full: true });
  rmSync(join(project.dir, 'gone.txt'));
  const { tree } = await engine.base.takeUp(['d' as TreePath, ROOT]);
  const names = [...engine.trees.entries(tree)].map(([name]) => name);
  expect(names).toEqual(['d', 'stays.txt']);
});
