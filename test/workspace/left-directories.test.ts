import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { TemporaryWorkspace } from '../../src/testing/index.ts';

it('finds the directory of a deleted workspace, and gc removes it and nothing else', async () => {
  await using test = await TemporaryWorkspace.create({ files: { 'a.txt': 'a' } });
  const gone = await test.afs.workspace.create('gone');
  const left = gone.workDir;
  await test.afs.workspace.delete('gone');
  mkdirSync(left, { recursive: true });
  writeFileSync(join(left, 'leftover'), 'x');
  const kept = await test.workspace.materialize();
  const foreign = join(kept, '..', 'somebody-elses');
  mkdirSync(foreign);
  const codes = async (): Promise<string[]> =>
    (await test.afs.doctor()).map(({ code }) => code).filter((code) => code.startsWith('WORK'));
  expect(await codes()).toEqual(['WORK_DIRECTORY_LEFT']);
  expect((await test.afs.gc({ dryRun: true })).workDirectories).toBe(1);
  expect(existsSync(left)).toBe(true);
  expect((await test.afs.gc()).workDirectories).toBe(1);
  expect(await codes()).toEqual([]);
  expect([left, kept, foreign].map((each) => existsSync(each))).toEqual([false, true, true]);
});

it('finds the half-made store of a process that died, and gc removes it', async () => {
  await using test = await TemporaryWorkspace.create({ files: { 'a.txt': 'a' } });
  const half = join(test.dir, '.agentfs', `own-4194305-1-${randomUUID()}`);
  mkdirSync(half);
  writeFileSync(join(half, 'agentfs.db'), 'half');
  expect((await test.afs.doctor()).map(({ message }) => message).join()).toContain(half);
  expect((await test.afs.gc()).workDirectories).toBe(1);
  expect(existsSync(half)).toBe(false);
});
