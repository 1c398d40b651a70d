import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { TemporaryWorkspace } from '../../src/testing/index.ts';

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
