/** What happens when the base or the store is taken away while it is open. */

import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { TemporaryWorkspace } from '../../src/testing/index.ts';

it('refuses writes that would go into a store that was removed', async () => {
  await using test = await TemporaryWorkspace.create({ files: { 'a.txt': 'a' } });
  rmSync(join(test.dir, '.agentfs', 'agentfs.db'));
  const write = test.workspace.writeFile('b.txt', 'b');
  await expect(write).rejects.toMatchObject({ code: 'STORE_IO', hint: expect.any(String) });
});

it('never commits into another directory that took the place of the base', async () => {
  await using test = await TemporaryWorkspace.create({
    files: { 'a.txt': 'a' },
    databasePath: join(await directory(), 'store.db'),
  });
  await test.workspace.writeFile('b.txt', 'b');
  renameSync(test.dir, `${test.dir}-moved`);
  mkdirSync(test.dir);
  writeFileSync(join(test.dir, 'other.txt'), 'other');
  await expect(test.workspace.commit('x')).rejects.toMatchObject({ code: 'BASE_NOT_FOUND' });
  expect(readdirSync(test.dir)).toEqual(['other.txt']);
  rmSync(test.dir, { recursive: true });
  await expect(test.workspace.run('true')).rejects.toMatchObject({ code: 'BASE_NOT_FOUND' });
  expect(existsSync(test.dir)).toBe(false);
  renameSync(`${test.dir}-moved`, test.dir);
  await test.workspace.commit('x');
  expect(existsSync(join(test.dir, 'b.txt'))).toBe(true);
});

it('ends a watch when the AgentFS is closed', async () => {
  const test = await TemporaryWorkspace.create();
  const next = test.workspace.watch().next();
  await test.cleanup();
  expect(await next).toEqual({ done: true, value: undefined });
});

async function directory(): Promise<string> {
  const test = await TemporaryWorkspace.create();
  await test.afs.close();
  return join(test.dir, 'elsewhere');
}
