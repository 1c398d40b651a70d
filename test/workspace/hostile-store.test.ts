/** A store that somebody has edited, with checksums that fit, decides about no path outside. */

import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import Driver from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import type { AgentFS } from '../../src/index.ts';
import { TestProject } from '../support/test-project.ts';

interface PendingRow {
  readonly path: string;
  readonly epoch: number;
  readonly kind: number;
  readonly mode: number;
  readonly mtime: number;
  readonly size: number;
  readonly files: number;
  readonly id: Uint8Array;
}

/** A project in `base/` with a workspace `w`, whose store was edited while it was closed. */
async function editedProject(edit: (database: Driver.Database) => void): Promise<TestProject> {
  const project = new TestProject({ 'a.txt': 'a\n' });
  const afs = project.open();
  const workspace = await afs.workspace.create('w');
  await workspace.writeFile('new.txt', 'hostile');
  await afs.close();
  const database = new Driver(project.path('.agentfs/agentfs.db'));
  edit(database);
  database.close();
  return project;
}

function movePending(database: Driver.Database, path: string): void {
  const row = database.prepare<[], PendingRow>('SELECT * FROM pending').get();
  if (row === undefined) throw new Error('Nothing is pending.');
  const { epoch, kind, mode, mtime, size, files, id } = row;
  const text = `${path}\0${epoch} ${kind} ${mode} ${mtime} ${size} ${files}`;
  const update = database.prepare('UPDATE pending SET path = ?, checksum = ?');
  update.run(path, crc32(id, crc32(text)));
}

const DAMAGED = { code: 'STORE_CORRUPT' };

describe('the uuid of a workspace, which names its directory', () => {
  const use: Readonly<Record<string, (afs: AgentFS) => Promise<unknown>>> = {
    get: (afs) => afs.workspace.get('w'),
    list: (afs) => afs.workspace.list(),
    delete: (afs) => afs.workspace.delete('w'),
    fork: (afs) => afs.workspace.create('x', { fromWorkspace: 'w' }),
  };
  const uuids = ['../../victim', '..', '.', '', '../../.git', 'x\0y', '../work/../../victim'];
  it.each(uuids)('leads nowhere when it was changed to %j', async (uuid) => {
    const project = await editedProject((database) => {
      database.prepare('UPDATE workspaces SET uuid = ?').run(uuid);
    });
    for (const name of ['victim', '.git']) {
      mkdirSync(project.path(name));
      writeFileSync(join(project.path(name), 'precious'), 'precious');
    }
    const afs = project.open();
    for (const each of Object.values(use)) await expect(each(afs)).rejects.toMatchObject(DAMAGED);
    expect(project.read('victim/precious')).toBe('precious');
    expect(project.read('.git/precious')).toBe('precious');
    expect(existsSync(project.path('.agentfs/agentfs.db'))).toBe(true);
    await expect(afs.verify()).resolves.toMatchObject({ ok: false });
  });
});

describe('the path of a pending change', () => {
  const paths = ['..', '../x', '.git', '.git/hooks/x', '.agentfs', '.agentfs-stage-1-0.new'];
  it.each([...paths, '/abs', 'a//b', './x', '', 'x\0y'])(
    'is refused when it is %j',
    async (path) => {
      const project = await editedProject((database) => movePending(database, path));
      const before = project.list();
      const workspace = await project.open().workspace.get('w');
      await expect(workspace.commit('hostile')).rejects.toMatchObject(DAMAGED);
      await expect(workspace.run('true')).rejects.toMatchObject(DAMAGED);
      await expect(workspace.listDir()).rejects.toMatchObject(DAMAGED);
      expect(project.list()).toEqual(before);
    },
  );
});
