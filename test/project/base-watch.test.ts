import { appendFileSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import type { Workspace } from '../../src/index.ts';
import { silentLogger } from '../../src/primitives/logger.ts';
import { BaseWatch } from '../../src/project/base-watch.ts';
import { TemporaryWorkspace } from '../../src/testing/index.ts';

async function settled(test: TemporaryWorkspace): Promise<void> {
  // Two scans: the first sets the watch up, a later one begins to trust it.
  for (let i = 0; i < 50; i++) {
    await test.afs.workspace.withTemp('settle', async () => undefined);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function contents(workspace: Workspace): Promise<Record<string, string>> {
  const files = (await workspace.listDir('/', { recursive: true })).filter((info) => info.isFile());
  const pairs = files.map(async ({ path }) => [path, await workspace.readText(path)] as const);
  return Object.fromEntries(await Promise.all(pairs));
}

it('sees every edit that was made before a workspace is created from a watched base', async () => {
  await using test = await TemporaryWorkspace.create({
    watchBase: true,
    files: { 'a.txt': 'a', 'dir/b.txt': 'b', '.gitignore': '*.log\n' },
  });
  await settled(test);
  const model: Record<string, string> = { 'a.txt': 'a', 'dir/b.txt': 'b', '.gitignore': '*.log\n' };
  const at = (path: string): string => join(test.dir, path);
  const steps: (() => void)[] = [
    () => {
      writeFileSync(at('a.txt'), 'A2');
      model['a.txt'] = 'A2';
    },
    () => {
      mkdirSync(at('new/deep'), { recursive: true });
      writeFileSync(at('new/deep/c.txt'), 'c');
      model['new/deep/c.txt'] = 'c';
    },
    () => {
      appendFileSync(at('new/deep/c.txt'), 'c');
      model['new/deep/c.txt'] = 'cc';
    },
    () => {
      renameSync(at('dir'), at('moved'));
      delete model['dir/b.txt'];
      model['moved/b.txt'] = 'b';
    },
    () => {
      writeFileSync(at('moved/b.txt'), 'B');
      model['moved/b.txt'] = 'B';
      writeFileSync(at('x.log'), 'ignored');
    },
    () => {
      writeFileSync(at('.gitignore'), 'moved/\n');
      writeFileSync(at('y.log'), 'kept now');
      model['.gitignore'] = 'moved/\n';
      model['x.log'] = 'ignored';
      model['y.log'] = 'kept now';
    },
    () => {
      rmSync(at('new'), { recursive: true });
      delete model['new/deep/c.txt'];
    },
  ];
  for (const [i, step] of steps.entries()) {
    step();
    const workspace = await test.afs.workspace.create(`after-${i}`);
    expect(await contents(workspace)).toEqual(model);
  }
});

it('looks only at what has moved once the watch is trusted', async () => {
  const files = Object.fromEntries(
    Array.from({ length: 300 }, (_, i) => [`d${i % 10}/f${i}.txt`, `${i}`]),
  );
  await using test = await TemporaryWorkspace.create({ watchBase: true, files });
  await settled(test);
  let looked = 0;
  test.afs.on('progress', ({ operation, done }) => {
    if (operation === 'scan') looked = done;
  });
  writeFileSync(join(test.dir, 'd3/f3.txt'), 'changed');
  const workspace = await test.afs.workspace.create('later');
  expect(await workspace.readText('d3/f3.txt')).toBe('changed');
  expect(looked).toBeLessThan(10);
});

it('commits to a watched base and keeps what the user edited meanwhile', async () => {
  await using test = await TemporaryWorkspace.create({
    watchBase: true,
    files: { 'a.txt': '1\n2\n3\n4\n5\n6\n7\n8\n' },
  });
  await settled(test);
  const { workspace, dir } = test;
  await workspace.writeFile('a.txt', 'one\n2\n3\n4\n5\n6\n7\n8\n');
  await workspace.writeFile('made/new.txt', 'x');
  writeFileSync(join(dir, 'a.txt'), '1\n2\n3\n4\n5\n6\n7\neight\n');
  const { merged } = await workspace.commit('merge');
  expect(merged).toEqual(['a.txt']);
  expect(await workspace.readText('a.txt')).toBe('one\n2\n3\n4\n5\n6\n7\neight\n');
  writeFileSync(join(dir, 'made/new.txt'), 'edited');
  const next = await test.afs.workspace.create('next');
  expect(await next.readText('made/new.txt')).toBe('edited');
});

/** A watch that has begun to be trusted. */
async function trustedWatch(root: string): Promise<BaseWatch> {
  const watch = new BaseWatch(root, silentLogger);
  onTestFinished(() => watch.close());
  await watch.start(() => () => false);
  while ((await watch.plan()).kind !== 'paths') {
    await new Promise((resolve) => setImmediate(resolve));
  }
  return watch;
}

it('goes on when another watch on the same base is closed', async () => {
  const root = mkdtempSync(join(tmpdir(), 'agentfs-watch-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  const first = await trustedWatch(root);
  const second = await trustedWatch(root);
  await first.close();
  writeFileSync(join(root, 'a.txt'), 'a');
  expect(await second.plan()).toEqual({ kind: 'paths', paths: ['a.txt'] });
});
