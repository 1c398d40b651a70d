/** The helpers for tests of programs that use agentfs, and temporary workspaces. */

import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';
import { TemporaryWorkspace, withTemporaryWorkspace } from '../src/testing/index.ts';
import { setUp } from './support/test-project.ts';

it('gives a workspace over a base of its own, and removes both', async () => {
  const test = await TemporaryWorkspace.create({
    files: { 'a.txt': 'a', 'dir/b.bin': Uint8Array.of(1, 2) },
    name: 'mine',
    agentId: 'agent-1',
  });
  expect(test.workspace.name).toBe('mine');
  expect(await test.workspace.readText('/a.txt')).toBe('a');
  expect(await test.workspace.readFile('/dir/b.bin')).toEqual(Buffer.from([1, 2]));
  await test.workspace.writeFile('/c.txt', 'c');
  await test.workspace.commit('c');
  expect(existsSync(`${test.dir}/c.txt`)).toBe(true);
  const [entry] = await test.afs.audit.logs({ limit: 1 });
  expect(entry?.agentId).toBe('agent-1');
  await test.cleanup();
  await test.cleanup();
  expect(existsSync(test.dir)).toBe(false);
  await expect(test.workspace.readFile('/a.txt')).rejects.toMatchObject({ code: 'CLOSED' });
});

it('is gone at the end of its block', async () => {
  let dir: string;
  {
    await using test = await TemporaryWorkspace.create();
    dir = test.dir;
    expect(await test.workspace.readdir()).toEqual([]);
  }
  expect(existsSync(dir)).toBe(false);
});

it('is gone after a function, also when that fails', async () => {
  const dirs: string[] = [];
  const size = await withTemporaryWorkspace(
    async ({ workspace, dir }) => {
      dirs.push(dir);
      return (await workspace.stat('/a.txt')).size;
    },
    { files: { 'a.txt': 'abc' } },
  );
  expect(size).toBe(3);
  const failing = withTemporaryWorkspace(async ({ dir }) => {
    dirs.push(dir);
    throw new Error('in the function');
  });
  await expect(failing).rejects.toThrow('in the function');
  expect(dirs.map((dir) => existsSync(dir))).toEqual([false, false]);
});

it('leaves no directory behind when it cannot be made', async () => {
  const wrong = TemporaryWorkspace.create({ name: '../x' });
  await expect(wrong).rejects.toMatchObject({ code: 'INVALID_NAME' });
});

it('gives temporary workspaces names of their own, and deletes them', async () => {
  const { afs } = await setUp({ 'a.txt': 'a' });
  {
    await using one = await afs.workspace.temp('task');
    await using two = await afs.workspace.temp('task', { tags: ['t'] });
    expect(one.name).toMatch(/^task-[0-9a-f]{8}$/);
    expect(two.name).not.toBe(one.name);
    expect(two.tags).toEqual(['t']);
    await one.writeFile('/a.txt', 'changed');
    expect(await two.readText('/a.txt')).toBe('a');
    expect(await afs.workspace.list()).toHaveLength(3);
    await afs.workspace.delete(two.name);
  }
  expect((await afs.workspace.list()).map(({ name }) => name)).toEqual(['w']);
  const result = await afs.workspace.withTemp('task', async (workspace) => {
    await workspace.writeFile('/x', 'x');
    return workspace.readText('/x');
  });
  expect(result).toBe('x');
  const failing = afs.workspace.withTemp('task', async () => Promise.reject(new Error('no')));
  await expect(failing).rejects.toThrow('no');
  await expect(afs.workspace.temp('../x')).rejects.toMatchObject({ code: 'INVALID_NAME' });
  expect(await afs.workspace.list()).toHaveLength(1);
});

it('keeps a temporary workspace that is renamed apart from a new one of its old name', async () => {
  const { afs } = await setUp();
  const temporary = await afs.workspace.temp('task');
  const { name } = temporary;
  await afs.workspace.rename(name, 'renamed');
  await afs.workspace.create(name);
  await temporary.cleanup();
  expect((await afs.workspace.list()).map((each) => each.name)).toEqual(['w', name]);
});
