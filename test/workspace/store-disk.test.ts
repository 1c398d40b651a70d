import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { AgentFS } from '../../src/index.ts';
import { type Fate, runProcess } from './support/store-process.ts';

/** Mounts of its own: root may have them, others in a user namespace of their own. */
const UNSHARE = ['unshare', process.getuid?.() === 0 ? '-m' : '-Urm'];

/** Runs a command with something mounted first, which nobody else sees. */
function mounted(script: string, base: string): Fate {
  return { launcher: [...UNSHARE, 'sh', '-c', `${script} && shift && exec "$@"`, 'sh', base] };
}

function canMount(): boolean {
  const [command = '', ...args] = [...UNSHARE, 'sh', '-c', 'mount -t tmpfs -o size=1m none /mnt'];
  return spawnSync(command, args).status === 0;
}

function temporaryBase(): string {
  const base = mkdtempSync(join(tmpdir(), 'agentfs-disk-'));
  onTestFinished(() => rmSync(base, { recursive: true }));
  return base;
}

const FILL = `
  import { randomBytes } from 'node:crypto';
  import { join } from 'node:path';
  import { rmSync, writeFileSync as writeOnDisk } from 'node:fs';
  print('working');
  const spare = join(task.base, '.spare');
  writeOnDisk(join(task.base, '.gitignore'), '.spare\\n');
  writeOnDisk(spare, randomBytes(3 << 20));
  const afs = new AgentFS(task.base);
  const workspace = await afs.workspace.create('one');
  const contents = new Map();
  const write = async (path, size) => {
    const content = randomBytes(size);
    await workspace.writeFile(path, content);
    contents.set(path, content);
  };
  const outcome = (action) => action.then(() => 'done', codeOf);
  await workspace.writeFile('kept', 'before');
  await workspace.snapshot.create('before');
  let code = 'done';
  for (let i = 0; code === 'done'; i++) code = await outcome(write('large-' + i, 700_000));
  print(JSON.stringify({ full: code, written: contents.size > 5 }));
  // The last free pages.
  for (let i = 0, left = 'done'; left === 'done'; i++) left = await outcome(write('small-' + i, 4000));
  const { length } = await workspace.listDir('/', { recursive: true });
  const several = [
    { type: 'write', path: 'kept', content: 'half a batch' },
    { type: 'write', path: 'more', content: randomBytes(1_000_000) },
  ];
  print(JSON.stringify({
    batch: await outcome(workspace.batch(several)),
    kept: await workspace.readText('kept'),
    same: (await workspace.listDir('/', { recursive: true })).length === length,
  }));
  const wrong = async (from) => {
    let count = 0;
    for (const [path, content] of contents) {
      if (!content.equals(await from.readFile(path))) count += 1;
    }
    return count;
  };
  print(JSON.stringify({ wrongWhileFull: await wrong(workspace) }));
  rmSync(spare);
  await write('again', 500_000);
  await workspace.snapshot.create('after');
  await afs.close();
  const reopened = new AgentFS(task.base);
  print(JSON.stringify({
    wrong: await wrong(await reopened.workspace.get('one')),
    ok: (await reopened.verify()).ok,
  }));
  await reopened.close();
`;

describe.skipIf(!canMount())('a store on a disk that is full (needs mounts of its own)', () => {
  it('says STORE_FULL, keeps what it has, and takes more when there is room again', async () => {
    const base = temporaryBase();
    const fate = mounted('mount -t tmpfs -o size=16m none "$1"', base);
    const end = await runProcess(FILL, { base }, fate);
    expect(end.errors).toBe('');
    expect(end.lines.map((line) => JSON.parse(line))).toEqual([
      { full: 'STORE_FULL', written: true },
      { batch: 'STORE_FULL', kept: 'before', same: true },
      { wrongWhileFull: 0 },
      { wrong: 0, ok: true },
    ]);
  });

  it('shows status and diff, and gives back the room that its log has taken', async () => {
    const base = temporaryBase();
    const script = `
      import { randomBytes } from 'node:crypto';
      import { rmSync, statSync, writeFileSync } from 'node:fs';
      import { join } from 'node:path';
      print('working');
      writeFileSync(join(task.base, '.gitignore'), '.spare*\\n');
      writeFileSync(join(task.base, 'a.txt'), 'a');
      const afs = new AgentFS(task.base);
      const workspace = await afs.workspace.create('w');
      await workspace.writeFile('a.txt', 'changed');
      const outcome = (action) => action.then(() => 'done', codeOf);
      print(await outcome(workspace.writeFile('large', randomBytes(20 << 20))));
      const log = join(task.base, '.agentfs/agentfs.db-wal');
      print(String(statSync(log).size < 1 << 20));
      let size = 4 << 20;
      for (let i = 0; size > 0; i++) {
        try {
          writeFileSync(join(task.base, '.spare' + i), randomBytes(size));
        } catch {
          size = size === 1 ? 0 : size >> 1;
        }
      }
      const status = await workspace.status({ refresh: true });
      print(status.modified.map(({ path }) => path).join());
      print((await workspace.diff()).changes.map(({ path }) => path).join());
      print((await workspace.diff()).text.split('\\n').filter((line) => line === '+changed').join());
      rmSync(join(task.base, '.spare0'));
      print(await outcome(workspace.writeFile('b.txt', 'b')));
      print(String((await afs.verify()).ok));
      await afs.close();
    `;
    const fate = mounted('mount -t tmpfs -o size=16m none "$1"', base);
    const end = await runProcess(script, { base }, fate);
    expect(end).toMatchObject({
      errors: '',
      lines: ['STORE_FULL', 'true', 'a.txt', 'a.txt', '+changed', 'done', 'true'],
    });
  });

  it('refuses to import what does not fit, and imports it when there is room', async () => {
    const base = temporaryBase();
    const script = `
      import { randomBytes } from 'node:crypto';
      import { rmSync, writeFileSync } from 'node:fs';
      import { join } from 'node:path';
      print('working');
      const content = randomBytes(5 << 20);
      writeFileSync(join(task.base, 'one'), content);
      writeFileSync(join(task.base, 'two'), randomBytes(5 << 20));
      const afs = new AgentFS(task.base);
      print(await afs.workspace.create('w').then(() => 'done', codeOf));
      print(String((await afs.workspace.list()).length));
      rmSync(join(task.base, 'two'));
      await afs.gc();
      const workspace = await afs.workspace.create('w');
      print(String(content.equals(await workspace.readFile('one'))));
      print(String((await afs.verify()).ok));
      await afs.close();
    `;
    const fate = mounted('mount -t tmpfs -o size=18m none "$1"', base);
    const end = await runProcess(script, { base }, fate);
    expect(end).toMatchObject({ errors: '', lines: ['STORE_FULL', '0', 'true', 'true'] });
  });
});

describe.skipIf(!canMount())('a commit whose store is on a disk that is full', () => {
  it('says STORE_FULL, leaves the base as it was, and keeps the changes for later', async () => {
    const base = temporaryBase();
    mkdirSync(join(base, '.agentfs'));
    writeFileSync(join(base, 'file'), 'old');
    const script = `
      import { randomBytes } from 'node:crypto';
      import { rmSync, writeFileSync, readdirSync, readFileSync } from 'node:fs';
      import { join } from 'node:path';
      print('working');
      const spare = join(task.base, '.agentfs/spare');
      writeFileSync(spare, randomBytes(8 << 20));
      const afs = new AgentFS(task.base);
      const workspace = await afs.workspace.create('w');
      await workspace.writeFile('file', 'new');
      await workspace.writeFile('added', 'new');
      const other = await afs.workspace.create('other');
      const outcome = (action) => action.then(() => 'done', codeOf);
      for (let size = 500_000; size > 100; size = Math.floor(size / 2)) {
        let code = 'done';
        for (let i = 0; code === 'done'; i++) {
          code = await outcome(other.writeFile(size + '-' + i, randomBytes(size)));
        }
      }
      const base = () => readdirSync(task.base).filter((name) => name !== '.agentfs').join();
      print(await outcome(workspace.commit('too much')));
      print(base() + ' ' + readFileSync(join(task.base, 'file')));
      print(await workspace.readText('added'));
      rmSync(spare);
      print(await outcome(workspace.commit('fits')));
      print(base() + ' ' + readFileSync(join(task.base, 'file')));
      print(String((await afs.verify()).ok));
      await afs.close();
    `;
    const fate = mounted('mount -t tmpfs -o size=16m none "$1/.agentfs"', base);
    const end = await runProcess(script, { base }, fate);
    expect(end).toMatchObject({
      errors: '',
      lines: ['STORE_FULL', 'file old', 'new', 'done', 'added,file new', 'true'],
    });
  });
});

describe.skipIf(!canMount())('a store that cannot be written', () => {
  it('is refused with a code and left as it is', async () => {
    const base = temporaryBase();
    await using afs = new AgentFS(base);
    const workspace = await afs.workspace.create('one');
    await workspace.writeFile('file', 'content');
    await afs.close();
    const before = digest(base);
    const script = `
      const afs = new AgentFS(task.base);
      print('working');
      const read = await afs.workspace.get('one').then((one) => one.readText('file')).catch(codeOf);
      print(read);
      const write = afs.workspace.get('one').then((one) => one.writeFile('file', 'more'));
      print(await write.then(() => 'done', codeOf));
      await afs.close();
    `;
    const readOnly =
      'cd "$1/.agentfs" && mount --bind . . && mount -o remount,bind,ro "$1/.agentfs"';
    const end = await runProcess(script, { base }, mounted(readOnly, base));
    expect(end).toMatchObject({ errors: '', lines: ['STORE_READ_ONLY', 'STORE_READ_ONLY'] });
    expect(digest(base)).toEqual(before);
  });

  it('cannot be made where nothing can be written, and says so', async () => {
    const base = temporaryBase();
    writeFileSync(join(base, 'file'), 'content');
    const script = `
      print('working');
      print(await AgentFS.open(task.base).then(() => 'done', codeOf));
    `;
    const readOnly = 'mount --bind "$1" "$1" && mount -o remount,bind,ro "$1"';
    const end = await runProcess(script, { base }, mounted(readOnly, base));
    expect(end).toMatchObject({ errors: '', lines: ['BASE_READ_ONLY'] });
    expect(readdirSync(base)).toEqual(['file']);
  });
});

function digest(base: string): unknown {
  const directory = join(base, '.agentfs');
  return readdirSync(directory).map((name) => [
    name,
    createHash('sha256')
      .update(readFileSync(join(directory, name)))
      .digest('hex'),
  ]);
}
