/**
 * Hostile paths, names and patterns in every operation: each is refused with a typed error, or kept
 * byte for byte, and nothing is ever written outside the store.
 */

import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { AgentFS, type Workspace } from '../../src/index.ts';
import { setUp, TestProject } from '../support/test-project.ts';
import {
  REFUSED_NAMES,
  REFUSED_PATHS,
  REFUSED_PATTERNS,
  SLOW_PATTERNS,
  STRANGE_NAMES,
} from './support/hostile-names.ts';

type Operation = (workspace: Workspace, path: never) => unknown;

/** Every operation of a workspace that takes a path. */
const OPERATIONS: Readonly<Record<string, Operation>> = {
  readFile: (workspace, path) => workspace.readFile(path),
  readText: (workspace, path) => workspace.readText(path),
  readlink: (workspace, path) => workspace.readlink(path),
  stat: (workspace, path) => workspace.stat(path),
  lstat: (workspace, path) => workspace.lstat(path),
  writeFile: (workspace, path) => workspace.writeFile(path, 'x'),
  appendFile: (workspace, path) => workspace.appendFile(path, 'x'),
  patchFile: (workspace, path) => workspace.patchFile(path, 'x', 0),
  mkdir: (workspace, path) => workspace.mkdir(path, { recursive: true }),
  chmod: (workspace, path) => workspace.chmod(path, 0o644),
  symlink: (workspace, path) => workspace.symlink('a.txt', path),
  copyFrom: (workspace, path) => workspace.copy(path, '/to'),
  copyTo: (workspace, path) => workspace.copy('/a.txt', path),
  moveFrom: (workspace, path) => workspace.move(path, '/to'),
  moveTo: (workspace, path) => workspace.move('/a.txt', path),
  delete: (workspace, path) => workspace.delete(path, { recursive: true, force: true }),
  createReadStream: (workspace, path) => buffer(workspace.createReadStream(path)),
  readStream: (workspace, path) => buffer(workspace.readStream(path)),
  createWriteStream: (workspace, path) => workspace.createWriteStream(path).destroy(),
  batchWrite: (workspace, path) => workspace.batch([{ type: 'write', path, content: 'x' }]),
  batchAppend: (workspace, path) => workspace.batch((batch) => batch.appendFile(path, 'x')),
  batchDelete: (workspace, path) => workspace.batch((batch) => batch.delete(path)),
  batchCopy: (workspace, path) => workspace.batch((batch) => batch.copy('/a.txt', path)),
  batchMove: (workspace, path) => workspace.batch((batch) => batch.move(path, '/to')),
  batchMkdir: (workspace, path) => workspace.batch((batch) => batch.mkdir(path)),
  batchChmod: (workspace, path) => workspace.batch((batch) => batch.chmod(path, 0o644)),
  batchSymlink: (workspace, path) => workspace.batch((batch) => batch.symlink('a.txt', path)),
};

/** Those that have a meaning without a path. */
const OPTIONAL: Readonly<Record<string, Operation>> = {
  exists: (workspace, path) => workspace.exists(path),
  listDir: (workspace, path) => workspace.listDir(path),
  readdir: (workspace, path) => workspace.readdir(path),
  auditPath: (workspace, path) => workspace.audit.logs({ path }),
  logPath: (workspace, path) => workspace.log({ path: [path] }),
};

/** A workspace on a base with a directory around it, and what is in both but for the store. */
async function surrounded(): Promise<{
  readonly base: string;
  readonly afs: AgentFS;
  readonly workspace: Workspace;
  readonly around: () => string[];
}> {
  const outer = new TestProject({ 'outside.txt': 'o', 'base/a.txt': 'a', 'base/dir/b.txt': 'b' });
  const base = outer.path('base');
  const afs = new AgentFS(base);
  onTestFinished(() => afs.close());
  const around = (): string[] =>
    outer.list().filter((path) => !path.startsWith('base/.agentfs/agentfs.db'));
  return { base, afs, workspace: await afs.workspace.create('w'), around };
}

/** Calls something that may throw at once or later. */
async function attempt(action: () => unknown): Promise<unknown> {
  return await action();
}

const label = (value: unknown): string =>
  typeof value === 'string' ? JSON.stringify(value.slice(0, 40)) : String(value);

describe('hostile paths', () => {
  it('are refused by every operation with a typed error, and change nothing', async () => {
    const { workspace, around } = await surrounded();
    const before = around();
    const typed = { code: expect.stringMatching(/^INVALID_(PATH|ARGUMENT)$/) };
    for (const [name, operation] of Object.entries({ ...OPERATIONS, ...OPTIONAL })) {
      for (const path of REFUSED_PATHS) {
        if (path === undefined && Object.hasOwn(OPTIONAL, name)) continue;
        const act = attempt(() => operation(workspace, path as never));
        await expect(act, `${name} ${label(path)}`).rejects.toMatchObject(typed);
      }
    }
    expect((await workspace.status()).hasChanges).toBe(false);
    expect(await workspace.audit.logs()).toHaveLength(1);
    expect(around()).toEqual(before);
  });

  it('are kept byte for byte when they are merely strange, from the workspace to the base', async () => {
    const { base, afs, workspace, around } = await surrounded();
    const before = around();
    for (const name of STRANGE_NAMES) {
      await workspace.writeFile(`/strange/${name}`, name);
      await workspace.writeFile(`/${name}/below`, name);
    }
    const sorted = [...STRANGE_NAMES].sort((left, right) =>
      Buffer.compare(Buffer.from(left), Buffer.from(right)),
    );
    expect(await workspace.readdir('/strange')).toEqual(sorted);
    for (const name of STRANGE_NAMES) {
      expect(await workspace.readText(`/strange/${name}`)).toBe(name);
      expect((await workspace.stat(`/${name}/below`)).path).toBe(`${name}/below`);
    }
    await workspace.commit('strange names');
    expect(readdirSync(join(base, 'strange')).sort()).toEqual([...STRANGE_NAMES].sort());
    for (const name of STRANGE_NAMES) {
      expect(readFileSync(join(base, 'strange', name), 'utf8')).toBe(name);
    }
    const again = await afs.workspace.create('again');
    expect(await again.readdir('/strange')).toEqual(sorted);
    for (const name of STRANGE_NAMES) await workspace.delete(`/${name}`, { recursive: true });
    expect(await workspace.readdir('/')).toEqual(['a.txt', 'dir', 'strange']);
    await workspace.delete('/strange', { recursive: true });
    await workspace.commit('and away');
    expect(around()).toEqual(before);
  });

  it('mean the same in all their spellings', async () => {
    const { workspace } = await setUp({ 'dir/b.txt': 'b' });
    for (const path of [
      'dir/b.txt',
      '/dir/b.txt',
      '//dir///b.txt',
      './dir/./b.txt',
      'x/../dir/b.txt',
    ]) {
      expect(await workspace.readText(path)).toBe('b');
    }
    for (const path of ['', '/', '.', './', 'dir/..', '//']) {
      expect(await workspace.readdir(path)).toEqual(['dir']);
    }
  });

  it('take up to 255 bytes a name and 4,096 a path, at the time of writing', async () => {
    const { project, workspace } = await setUp();
    await workspace.writeFile(`/${'é'.repeat(127)}`, 'x');
    const deep = Array.from({ length: 16 }, () => 'd'.repeat(255)).join('/');
    expect(Buffer.byteLength(deep)).toBe(4095);
    await workspace.writeFile(`/${deep}`, 'deep');
    expect(await workspace.readText(deep)).toBe('deep');
    await expect(workspace.writeFile(`/${deep}/x`, 'x')).rejects.toMatchObject({
      code: 'INVALID_PATH',
    });
    // The base's own path comes before it, so this one is beyond what the system calls take.
    await workspace.commit('deep');
    let directory = project.dir;
    for (const part of deep.split('/').slice(0, 10)) directory = join(directory, part);
    expect(lstatSync(directory).isDirectory()).toBe(true);
    expect((await workspace.status({ refresh: true })).hasChanges).toBe(false);
    await workspace.delete(`/${'d'.repeat(255)}`, { recursive: true });
    await workspace.commit('and away');
    expect(project.list()).toEqual(['é'.repeat(127)]);
  });
});

describe('hostile names of workspaces and snapshots', () => {
  const CALLS: Readonly<
    Record<string, (afs: AgentFS, workspace: Workspace, name: never) => unknown>
  > = {
    create: (afs, _, name) => afs.workspace.create(name),
    get: (afs, _, name) => afs.workspace.get(name),
    exists: (afs, _, name) => afs.workspace.exists(name),
    delete: (afs, _, name) => afs.workspace.delete(name),
    renameFrom: (afs, _, name) => afs.workspace.rename(name, 'x'),
    renameTo: (afs, _, name) => afs.workspace.rename('w', name),
    mergeFrom: (afs, _, name) => afs.workspace.merge(name, 'w'),
    mergeTo: (afs, _, name) => afs.workspace.merge('w', name),
    snapshot: (_, { snapshot }, name) => snapshot.create(name),
    getSnapshot: (_, { snapshot }, name) => snapshot.get(name),
    restore: (_, { snapshot }, name) => snapshot.restore(name),
    deleteSnapshot: (_, { snapshot }, name) => snapshot.delete(name),
    diffFrom: (_, { snapshot }, name) => snapshot.diff(name, 's'),
    diffTo: (_, { snapshot }, name) => snapshot.diff('s', name),
  };

  it('are refused with a typed error wherever a name is taken', async () => {
    const { afs, workspace, around } = await surrounded();
    await workspace.snapshot.create('s');
    const before = around();
    const typed = { code: expect.stringMatching(/^INVALID_(NAME|ARGUMENT)$/) };
    for (const [call, act] of Object.entries(CALLS)) {
      for (const name of REFUSED_NAMES) {
        const made = attempt(() => act(afs, workspace, name as never));
        await expect(made, `${call} ${label(name)}`).rejects.toMatchObject(typed);
      }
    }
    for (const reference of ['../s', 'w/../s', 'w/', '/s', 'w/s/x', "w'--", '\0']) {
      const create = afs.workspace.create('x', { fromSnapshot: reference });
      await expect(create, reference).rejects.toMatchObject({ code: 'INVALID_NAME' });
      const against = reference === '\0' ? 'x\0' : reference;
      await expect(workspace.diff({ against }), reference).rejects.toMatchObject({
        code: 'INVALID_NAME',
      });
    }
    expect((await afs.workspace.list()).map(({ name }) => name)).toEqual(['w']);
    expect(await workspace.snapshot.list()).toHaveLength(1);
    expect(around()).toEqual(before);
  });
});

describe('hostile patterns', () => {
  it('are refused with a typed error in include, exclude and filters', async () => {
    const { afs, workspace } = await setUp({ 'a.txt': 'a' });
    await workspace.writeFile('/a.txt', 'changed');
    const typed = { code: expect.stringMatching(/^INVALID_(PATTERN|ARGUMENT|PATH)$/) };
    for (const pattern of REFUSED_PATTERNS) {
      const options: object[] = [{ include: [pattern] }, { exclude: ['x', pattern] }];
      for (const given of options) {
        for (const name of ['diff', 'commit'] as const) {
          const args = name === 'diff' ? [given] : ['message', given];
          const act = attempt(() => Reflect.apply(workspace[name], workspace, args));
          await expect(act, `${name} ${label(pattern)}`).rejects.toMatchObject(typed);
        }
      }
      const list = attempt(() => afs.workspace.list({ name: pattern as never }));
      await expect(list, label(pattern)).rejects.toMatchObject(typed);
    }
    expect(await afs.log()).toEqual([]);
  });

  it('cannot keep the process busy', async () => {
    const { workspace } = await setUp();
    await workspace.batch(
      Array.from({ length: 200 }, (_, i) => ({
        type: 'write' as const,
        path: `/${'a'.repeat(200)}/${'a'.repeat(240)}${i}`,
        content: '',
      })),
    );
    for (const pattern of SLOW_PATTERNS) {
      const diff = await attempt(() => workspace.diff({ include: [pattern], nameOnly: true }));
      expect(diff).toBeDefined();
    }
  });
});
