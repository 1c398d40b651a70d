/** Paths that are not versioned: read through from the base, never written there. */

import { symlinkSync } from 'node:fs';
import { buffer } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { pathsOf, setUp, TestProject } from '../support/test-project.ts';

const FILES = {
  '.gitignore': '.env\nbuild/\n*.log\n!keep.log\n',
  '.env': 'SECRET=1',
  'build/out.js': 'out',
  'node_modules/pkg/index.d.ts': 'typings',
  'src/a.ts': 'a',
  'src/debug.log': 'log',
  'keep.log': 'kept',
};

it('leaves out of the tree what .gitignore names, and node_modules', async () => {
  const { workspace } = await setUp(FILES);
  const all = await workspace.listDir('/', { recursive: true });
  expect(pathsOf(all).sort()).toEqual(['.gitignore', 'keep.log', 'src', 'src/a.ts']);
  const { hasChanges, ignored } = await workspace.status({ ignored: true });
  expect(hasChanges).toBe(false);
  expect([...(ignored ?? [])].sort()).toEqual(['.env', 'build', 'node_modules', 'src/debug.log']);
});

it('reads ignored files as they were when the workspace began', async () => {
  const { project, workspace } = await setUp(FILES);
  expect(await workspace.readText('/node_modules/pkg/index.d.ts')).toBe('typings');
  expect(await workspace.readText('/.env')).toBe('SECRET=1');
  expect((await buffer(workspace.createReadStream('/build/out.js', { start: 1 }))).toString()).toBe(
    'ut',
  );
  project.write('build/out.js', 'built again');
  project.write('build/later.js', 'later');
  expect(await workspace.readText('/build/out.js')).toBe('out');
  expect(await workspace.exists('/build/later.js')).toBe(false);
});

it('says of ignored files that they are', async () => {
  const { workspace } = await setUp(FILES);
  const info = await workspace.stat('/node_modules/pkg/index.d.ts');
  expect(info).toMatchObject({ origin: 'ignored', size: 7, kind: 'file', hash: undefined });
  expect((await workspace.stat('/src/a.ts')).origin).toBe('workspace');
  expect(await workspace.listDir('/node_modules')).toMatchObject([
    { path: 'node_modules/pkg', origin: 'ignored', kind: 'directory' },
  ]);
  const below = await workspace.listDir('/node_modules', { recursive: true });
  expect(pathsOf(below)).toEqual(['node_modules/pkg', 'node_modules/pkg/index.d.ts']);
  await expect(workspace.readFile('/build')).rejects.toMatchObject({ code: 'EISDIR' });
  await expect(workspace.listDir('/.env')).rejects.toMatchObject({ code: 'ENOTDIR' });
  await expect(workspace.readFile('/build/no')).rejects.toMatchObject({ code: 'ENOENT' });
});

it('does not read through to what is versioned', async () => {
  const { project, workspace } = await setUp(FILES);
  project.write('src/later.ts', 'later');
  expect(await workspace.exists('/src/later.ts')).toBe(false);
  await workspace.delete('/src/a.ts');
  await expect(workspace.readFile('/src/a.ts')).rejects.toMatchObject({ code: 'ENOENT' });
});

it('makes a private change of a write to an ignored path', async () => {
  const { project, workspace } = await setUp(FILES);
  await workspace.writeFile('/build/out.js', 'mine');
  await workspace.writeFile('/.env', 'MINE=1');
  expect(await workspace.readText('/build/out.js')).toBe('mine');
  expect((await workspace.stat('/.env')).origin).toBe('workspace');
  expect(project.read('build/out.js')).toBe('out');
  expect(project.read('.env')).toBe('SECRET=1');
  expect(pathsOf((await workspace.status()).added).sort()).toEqual(['.env', 'build/out.js']);
  await workspace.delete('/.env');
  expect(await workspace.readText('/.env')).toBe('SECRET=1');
});

it('follows links of the base to ignored content, but never out of it or into .git or .agentfs', async () => {
  const outside = new TestProject({ 'secret.txt': 'secret' });
  const project = new TestProject({ ...FILES, '.git/config': 'git' });
  const links = {
    inside: '../pkg/index.d.ts',
    outside: `${outside.dir}/secret.txt`,
    relative: `../../../${outside.dir.split('/').at(-1)}/secret.txt`,
    git: '../../.git/config',
    store: '../../.agentfs/agentfs.db',
  };
  project.write('node_modules/links/', '');
  for (const [name, target] of Object.entries(links)) {
    symlinkSync(target, project.path(`node_modules/links/${name}`));
  }
  symlinkSync(outside.dir, project.path('node_modules/linked-directory'));
  const workspace = await project.open().workspace.create('w');
  expect(await workspace.readText('/node_modules/links/inside')).toBe('typings');
  for (const name of ['outside', 'relative', 'git', 'store']) {
    const path = `/node_modules/links/${name}`;
    await expect(workspace.readFile(path), name).rejects.toMatchObject({ code: 'ENOENT' });
    expect(await workspace.exists(path), name).toBe(false);
  }
  await expect(workspace.readFile('/node_modules/linked-directory/secret.txt')).rejects.toThrow();
  await expect(workspace.listDir('/node_modules/linked-directory')).rejects.toThrow();
  await expect(workspace.readFile('/.git/config')).rejects.toMatchObject({ code: 'INVALID_PATH' });
});

it('honours the patterns of the options', async () => {
  const project = new TestProject({ 'a.txt': 'a', 'big.data': 'data', 'dir/more.data': 'more' });
  const workspace = await project.open({ ignore: ['*.data'] }).workspace.create('w');
  expect(await workspace.readdir()).toEqual(['a.txt']);
  expect((await workspace.stat('/big.data')).origin).toBe('ignored');
  expect(await workspace.readText('/dir/more.data')).toBe('more');
});

it('extends and copies what it reads through, and knows that it is there', async () => {
  const { project, workspace } = await setUp({ '.gitignore': '*.env\n', 'a.env': 'A=1\n' });
  await expect(workspace.writeFile('/a.env', '', { flag: 'wx' })).rejects.toMatchObject({
    code: 'EEXIST',
  });
  await workspace.copy('/a.env', '/copy.txt');
  await workspace.appendFile('/a.env', 'B=2\n');
  await workspace.patchFile('/a.env', '9', 2);
  expect(await workspace.readText('/a.env')).toBe('A=9\nB=2\n');
  expect(await workspace.readText('/copy.txt')).toBe('A=1\n');
  expect(project.read('a.env')).toBe('A=1\n');
});
