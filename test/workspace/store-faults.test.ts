import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { AgentFS } from '../../src/index.ts';
import { hasStrace, injecting } from '../project/support/committer.ts';
import { StoreFaults } from './support/store-faults.ts';
import { runProcess } from './support/store-process.ts';

// The same at every call: npm run test:faults.
describe.skipIf(!hasStrace)('a disk that fails under a store (needs strace)', () => {
  it.each([
    ['pwrite64', 'EIO', [3, 30]],
    ['pwrite64', 'ENOSPC', [20]],
    ['fsync', 'EIO', [1, 3]],
    ['ftruncate', 'EIO', [1]],
  ])('is a typed error, and what failed has not happened: %s %s', async (call, errno, places) => {
    const faults = new StoreFaults(1);
    for (const when of places) await faults.fail(call, errno, when);
    expect(faults.told).toBeGreaterThan(0);
  });

  it('is not trusted again after a sync that failed, until the store is opened anew', async () => {
    const base = await newBase();
    const script = `
      const open = () => new AgentFS(task.base);
      const afs = open();
      const workspace = await afs.workspace.get('one');
      print('working');
      const tell = async (action) => print(await action.then(() => 'done', codeOf));
      await tell(workspace.writeFile('before', 'acknowledged'));
      await tell(workspace.snapshot.create('s1'));
      await tell(workspace.snapshot.create('s2'));
      await tell(workspace.writeFile('after', 'x'));
      print(await workspace.readText('before'));
      await afs.close();
      const again = open();
      const reopened = await again.workspace.get('one');
      print(String((await reopened.snapshot.list()).length));
      await tell(reopened.snapshot.create('s3'));
      await again.close();
    `;
    const end = await runProcess(script, { base }, failingSync());
    const failed = ['STORE_IO', 'STORE_IO', 'STORE_IO'];
    expect(end).toMatchObject({
      errors: '',
      lines: ['done', ...failed, 'acknowledged', '0', 'done'],
    });
  });

  it('does not bring back what it failed to sync when the process dies of it', async () => {
    const base = await newBase();
    const script = `
      const workspace = await new AgentFS(task.base).workspace.get('one');
      print('working');
      await workspace.writeFile('before', 'acknowledged');
      print(await workspace.snapshot.create('s1').catch(codeOf));
      process.kill(process.pid, 'SIGKILL');
    `;
    const end = await runProcess(script, { base }, failingSync());
    expect(end).toMatchObject({ errors: '', lines: ['STORE_IO'], signal: 'SIGKILL' });
    await using afs = new AgentFS(base);
    const workspace = await afs.workspace.get('one');
    expect(await workspace.snapshot.list()).toEqual([]);
    expect(await workspace.readText('before')).toBe('acknowledged');
    expect(await afs.verify()).toMatchObject({ ok: true });
  });
});

describe('a process that has no file descriptors left', () => {
  it('gets typed errors with any number of them, and loses nothing', async () => {
    const base = await newBase();
    const script = `
      import { closeSync, openSync } from 'node:fs';
      const tell = async (what, action) => print(what + ': ' + await action().then(() => 'done', codeOf));
      // Loads what is loaded late, such as the modules of a commit.
      const first = new AgentFS(task.base);
      const workspace = await first.workspace.get('one');
      await workspace.writeFile('kept', 'before');
      await workspace.commit('before');
      print('working');
      const taken = [];
      const takeAll = () => {
        try { for (;;) taken.push(openSync('/dev/null')); } catch (error) { codeOf(error); }
      };
      for (let free = 0; free <= 12; free++) {
        takeAll();
        for (const descriptor of taken.splice(0, free)) closeSync(descriptor);
        await tell('write', () => workspace.writeFile('file-' + free, 'x'));
        await tell('snapshot', () => workspace.snapshot.create('s' + free));
        await tell('commit', () => workspace.commit('with ' + free));
        await tell('create', () => first.workspace.create('w' + free));
        const other = new AgentFS(task.base);
        await tell('open', () => other.workspace.list());
        await other.close();
      }
      for (const descriptor of taken) closeSync(descriptor);
      await workspace.writeFile('after', 'x');
      await workspace.commit('after').catch((error) => { if (error.code !== 'NOTHING_TO_COMMIT') throw error; });
      await first.close();
    `;
    const limited = ['sh', '-c', 'ulimit -n 400; exec "$@"', 'sh'];
    const end = await runProcess(script, { base }, { launcher: limited });
    expect(end).toMatchObject({ errors: '', status: 0 });
    const codes = new Set(end.lines.map((line) => line.replace(/.*: /, '')));
    expect([...codes].filter((code) => !/^(done|STORE_\w+|EMFILE|BASE_\w+)$/.test(code))).toEqual(
      [],
    );
    expect(codes.size).toBeGreaterThan(1);
    await using afs = new AgentFS(base);
    const workspace = await afs.workspace.get('one');
    const written = end.lines.filter((line) => line === 'write: done').length;
    expect(written).toBeGreaterThan(0);
    expect(await workspace.readdir('/')).toHaveLength(written + 2);
    expect(readdirSync(base).filter((name) => name !== '.agentfs')).toHaveLength(written + 2);
    expect(await afs.verify()).toMatchObject({ ok: true });
  });
});

async function newBase(): Promise<string> {
  const base = mkdtempSync(join(tmpdir(), 'agentfs-sync-'));
  onTestFinished(() => rmSync(base, { recursive: true }));
  await using afs = new AgentFS(base);
  await afs.workspace.create('one');
  return base;
}

/** The third sync fails, of the first snapshot: those before are of the new log and its name. */
function failingSync(): { launcher: string[] } {
  const injected = injecting('error=EIO', { call: 'fsync', when: 3 });
  return { launcher: ['strace', '-f', '-qq', ...injected] };
}
