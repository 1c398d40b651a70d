/** A watched base: what is looked at follows what has moved, and nothing that has moved is missed. */

import {
  appendFileSync,
  existsSync,
  watch as fsWatch,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { expect, it, onTestFinished } from 'vitest';
import { Place } from '../../src/disk/place.ts';
import type { Workspace } from '../../src/index.ts';
import { silentLogger } from '../../src/primitives/logger.ts';
import { ROOT, type TreePath } from '../../src/primitives/path.ts';
import { BaseWatch } from '../../src/project/base-watch.ts';
import { TemporaryWorkspace } from '../../src/testing/index.ts';

async function settled(test: TemporaryWorkspace): Promise<void> {
  // The first scan sets the watch up, the one after it begins to trust it.
  for (let i = 0; i < 3; i++) await test.afs.workspace.withTemp('settle', async () => undefined);
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
      renameSync(at('new'), at('old'));
      mkdirSync(at('new'));
      delete model['new/deep/c.txt'];
      model['old/deep/c.txt'] = 'cc';
    },
    () => {
      writeFileSync(at('new/d.txt'), 'in the new one');
      model['new/d.txt'] = 'in the new one';
    },
    () => {
      rmSync(at('old'), { recursive: true });
      delete model['old/deep/c.txt'];
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
  let tries = 0;
  const look = async (): Promise<number> => {
    tries += 1;
    writeFileSync(join(test.dir, 'd3/f3.txt'), `changed ${tries}`);
    const workspace = await test.afs.workspace.create(`later-${tries}`);
    expect(await workspace.readText('d3/f3.txt')).toBe(`changed ${tries}`);
    return looked;
  };
  // The file and what is above it, of more than 300; a watch that lags, as on a busy machine, is not trusted.
  await expect.poll(look).toBeLessThan(10);
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

// Names that are also those of directories, so that things take each other's places.
const PATHS = ['a', 'a/a', 'a/b', 'b', 'b/a', 'b/a/b', 'c', 'a/b/c', 'a/a/a'];

/** What somebody does to the base; nothing when it cannot be done as things are. */
type Edit = readonly [action: 'write' | 'mkdir' | 'remove' | 'move', path: string, to: string];

function perform(root: string, [action, path, to]: Edit): void {
  const at = join(root, path);
  const target = join(root, to);
  const isThere = existsSync(at);
  const hasParent = (file: string): boolean => {
    return existsSync(dirname(file)) && statSync(dirname(file)).isDirectory();
  };
  if (action === 'remove' && isThere) rmSync(at, { recursive: true });
  else if (action === 'mkdir' && !isThere && hasParent(at)) mkdirSync(at);
  else if (action === 'write' && hasParent(at) && !(isThere && statSync(at).isDirectory())) {
    writeFileSync(at, `${to} ${process.hrtime.bigint()}`);
  } else if (action === 'move' && isThere && hasParent(target) && !existsSync(target)) {
    if (!target.startsWith(`${at}/`)) renameSync(at, target);
  }
}

function filesOnDisk(root: string): Record<string, string> {
  const entries = readdirSync(root, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .filter((path) => !path.startsWith('.agentfs/'));
  return Object.fromEntries(files.map((path) => [path, readFileSync(join(root, path), 'utf8')]));
}

it('follows directories that are moved, replaced and made anew', async () => {
  const actions = fc.constantFrom('write', 'write', 'mkdir', 'remove', 'move') as fc.Arbitrary<
    Edit[0]
  >;
  const edit: fc.Arbitrary<Edit> = fc.tuple(
    actions,
    fc.constantFrom(...PATHS),
    fc.constantFrom(...PATHS),
  );
  const rounds = fc.array(fc.array(edit, { minLength: 1, maxLength: 6 }), { maxLength: 10 });
  await fc.assert(
    fc.asyncProperty(rounds, async (all) => {
      await using test = await TemporaryWorkspace.create({
        watchBase: true,
        files: { 'a/a/x': 'x', 'b/a/y': 'y' },
      });
      await settled(test);
      for (const [i, edits] of all.entries()) {
        for (const each of edits) perform(test.dir, each);
        const workspace = await test.afs.workspace.create(`round-${i}`);
        expect(await contents(workspace)).toEqual(filesOnDisk(test.dir));
      }
    }),
    { numRuns: 15 },
  );
});

it('scans a base that cannot be watched, and says so', async () => {
  const warnings: string[] = [];
  const warn = (message: string): void => {
    warnings.push(message);
  };
  await using test = await TemporaryWorkspace.create({
    watchBase: true,
    logger: { ...silentLogger, warn },
    files: { 'a.txt': 'a', '.agentfs/watch': 'in the way' },
  });
  await settled(test);
  writeFileSync(join(test.dir, 'a.txt'), 'edited');
  const workspace = await test.afs.workspace.create('later');
  expect(await workspace.readText('a.txt')).toBe('edited');
  expect(warnings).toEqual(['The project cannot be watched; it is scanned instead.']);
});

/** A watch that has begun to be trusted. */
async function trustedWatch(root: string): Promise<BaseWatch> {
  const watch = new BaseWatch(root, new Place(root).at('.agentfs/watch'), silentLogger);
  onTestFinished(() => watch.close());
  await watch.follow([ROOT]);
  expect(await watch.plan()).toEqual({ kind: 'everything' });
  return watch;
}

it('has what was found new looked at again, as it was not watched at first', async () => {
  const root = mkdtempSync(join(tmpdir(), 'agentfs-watch-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  mkdirSync(join(root, 'dir'));
  const watch = await trustedWatch(root);
  await watch.follow([ROOT, 'dir' as TreePath]);
  expect(await watch.plan()).toEqual({ kind: 'paths', paths: ['dir'] });
  expect(await watch.plan()).toEqual({ kind: 'paths', paths: [] });
  writeFileSync(join(root, 'dir/a.txt'), 'a');
  expect(await watch.plan()).toEqual({ kind: 'paths', paths: ['dir/a.txt'] });
});

it('goes on when another watch on the same base is closed', async () => {
  const root = mkdtempSync(join(tmpdir(), 'agentfs-watch-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  const first = await trustedWatch(root);
  const second = await trustedWatch(root);
  first.close();
  writeFileSync(join(root, 'a.txt'), 'a');
  const plan = await second.plan();
  expect(plan.kind === 'paths' && plan.paths).toContain('a.txt');
});

it('writes nothing through a link that came with the project', async () => {
  const [root, outside] = ['base', 'outside'].map((name) =>
    mkdtempSync(join(tmpdir(), `agentfs-watch-${name}-`)),
  ) as [string, string];
  onTestFinished(() => {
    for (const each of [root, outside]) rmSync(each, { recursive: true });
  });
  mkdirSync(join(root, '.agentfs'));
  symlinkSync(outside, join(root, '.agentfs/watch'));
  const written: string[] = [];
  const watcher = fsWatch(outside, (_event, name) => void written.push(name ?? ''));
  const watch = new BaseWatch(root, new Place(root).at('.agentfs/watch'), silentLogger);
  await watch.follow([ROOT]);
  expect(await watch.plan()).toEqual({ kind: 'everything' });
  expect(await watch.plan()).toEqual({ kind: 'everything' });
  watch.close();
  watcher.close();
  expect(written).toEqual([]);
});
