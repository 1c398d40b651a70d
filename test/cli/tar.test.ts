import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { cliProject } from '../support/cli.ts';
import { makeTar } from '../support/tar-bytes.ts';

async function listed(file: string): Promise<string[]> {
  const { stdout } = await promisify(execFile)('tar', ['-tf', file]);
  return stdout.trim().split('\n').sort();
}

describe('agentfs export', () => {
  it('writes a workspace or a snapshot to a file, compressed where the name says so', async () => {
    const project = await cliProject({ 'a.txt': 'a\n' });
    const afs = project.open();
    const workspace = await afs.workspace.get('w');
    await workspace.snapshot.create('before');
    await workspace.writeFile('b.txt', 'b\n');
    mkdirSync(project.path('out'));
    const now = await project.run(['export', 'w', '-o', 'out/now.tgz']);
    expect(now).toEqual({ status: 0, stdout: '', stderr: 'Exported w to out/now.tgz.\n' });
    await project.ok(['export', '-w', 'w', '--gzip', '-o', 'out/zipped']);
    await project.ok(['export', 'w/before', '-o', 'out/before.tar', '--quiet']);
    const again = await project.json(['export', 'w/before', '-o', 'out/before.tar']);
    const path = project.path('out/before.tar');
    expect(again).toEqual({ workspace: 'w', snapshot: 'before', path, bytes: statSync(path).size });
    expect(await listed(project.path('out/now.tgz'))).toEqual(['a.txt', 'b.txt']);
    expect(await listed(project.path('out/before.tar'))).toEqual(['a.txt']);
    expect(readFileSync(project.path('out/zipped')).subarray(0, 2)).toEqual(Buffer.of(0x1f, 0x8b));
    // Nothing that was needed on the way is left.
    expect(readdirSync(project.path('out')).sort()).toEqual(['before.tar', 'now.tgz', 'zipped']);
  });

  it('writes to a pipe, and does not mind a reader that leaves', async () => {
    const project = await cliProject({ 'a.txt': 'a\n', 'b.bin': Buffer.alloc(8_000_000, 1) });
    const child = await project.start(['export', 'w', '-o', '-']);
    const errors: string[] = [];
    child.stderr?.on('data', (text) => errors.push(String(text)));
    await once(child.stdout ?? child, 'data');
    child.stdout?.destroy();
    expect(await once(child, 'close')).toEqual([0, null]);
    expect(errors).toEqual([]);
  });

  it('says what is wrong, and leaves files as they are', async () => {
    const project = await cliProject({ 'keep.tar': 'keep\n' });
    const missing = await project.run(['export', 'nobody', '-o', 'keep.tar']);
    expect(missing.status).toBe(3);
    const snapshot = await project.run(['export', 'w/nothing', '-o', 'keep.tar']);
    expect(snapshot.status).toBe(1);
    expect(snapshot.stderr).toContain("There is no snapshot 'nothing'");
    expect(project.read('keep.tar')).toBe('keep\n');
    const nowhere = await project.run(['export', 'w', '-o', 'no/such/dir.tar']);
    expect(nowhere.status).toBe(1);
    expect(nowhere.stderr).toMatch(/^error: Cannot write to .*no\/such\/dir\.tar \(ENOENT\)/);
  });

  it('is undone by import, on another project through a pipe', async () => {
    const [from, to] = [await cliProject({ 'a.txt': 'a\n' }), await cliProject()];
    const exporting = await from.start(['export', 'w']);
    const importing = await to.start(['import', 'copy']);
    exporting.stdout?.pipe(importing.stdin ?? expect.unreachable());
    expect(await once(importing, 'close')).toEqual([0, null]);
    expect(await to.ok(['status', 'copy', '--porcelain'])).toBe(' A a.txt\n');
  });
});

describe('agentfs import', () => {
  const archive = makeTar([
    { name: 'a.txt', content: 'new\n' },
    { name: 'c.txt', content: 'c\n' },
  ]);

  it('makes a workspace, and lays an archive over one', async () => {
    const project = await cliProject({ 'a.txt': 'a\n', 'b.txt': 'b\n' });
    project.write('x.tar', gzipSync(archive));
    const made = await project.json(['import', 'made', 'x.tar']);
    expect(made).toMatchObject({ name: 'made', state: 'active' });
    expect(await project.ok(['status', 'made', '--porcelain'])).toContain(' D b.txt\n');
    const over = await project.run(['import', 'w', 'x.tar', '--over']);
    expect(over).toEqual({
      status: 0,
      stdout: 'M a.txt\nA c.txt\n',
      stderr: 'Imported 2 changes into w.\n',
    });
    const replaced = await project.json(['import', 'w', 'x.tar', '--replace']);
    expect(replaced).toMatchObject({
      workspace: 'w',
      changes: [{ type: 'deleted', path: 'b.txt' }],
    });
  });

  it('says what is wrong with an archive, and changes nothing', async () => {
    const project = await cliProject({ 'a.txt': 'a\n' });
    const hostile = makeTar([{ name: '../up', content: 'x' }]);
    project.write('hostile.tar', hostile);
    const refused = await project.run(['import', 'w', 'hostile.tar', '--over']);
    expect(refused.status).toBe(1);
    expect(refused.stderr).toContain(
      'error: The entry "../up" of the archive has \'..\' in its name.',
    );
    const json = await project.run(['import', 'n', 'hostile.tar', '--json']);
    expect(JSON.parse(json.stderr)).toMatchObject({
      error: { code: 'ARCHIVE_REFUSED', path: '../up' },
    });
    const text = await project.run(['import', 'n'], { input: 'no archive' });
    expect(text.stderr).toContain('The archive is cut off.');
    const missing = await project.run(['import', 'n', 'no.tar']);
    expect(missing).toMatchObject({ status: 2, stderr: expect.stringContaining('no.tar') });
    const exists = await project.run(['import', 'w', 'hostile.tar']);
    expect(exists.stderr).toContain('exists already');
    expect(await project.ok(['workspace', 'list', '--format', 'text'])).toMatch(/^w\t.*\n$/);
  });

  it('keeps links that lead outside when it is told to', async () => {
    const project = await cliProject();
    project.write('l.tar', makeTar([{ name: 'l', type: '2', link: '/etc' }]));
    expect((await project.run(['import', 'n', 'l.tar'])).stderr).toContain('lead outside');
    await project.ok(['import', 'n', 'l.tar', '--allow-outside-symlinks']);
  });

  it.each([
    ['SIGINT', 130],
    ['SIGKILL', null],
  ] as const)(
    'leaves nothing when %s ends it in the middle of the archive',
    async (signal, status) => {
      const project = await cliProject({ 'a.txt': 'a\n' });
      const child = await project.start(['import', 'w', '--over']);
      const large = { name: 'large', size: '00077777777' };
      child.stdin?.write(makeTar([{ name: 'a.txt', content: 'new\n' }, large]).subarray(0, 1536));
      child.stdin?.write(randomBytes(6_000_000));
      // Content goes to the store before there is anything that refers to it.
      const log = project.path('.agentfs/agentfs.db-wal');
      const bytes = (): number => statSync(log, { throwIfNoEntry: false })?.size ?? 0;
      await expect.poll(bytes).toBeGreaterThan(50_000);
      child.kill(signal);
      const [ended] = await once(child, 'close');
      expect(ended).toBe(status);
      expect(await project.ok(['status', 'w', '--porcelain'])).toBe('');
      expect(await project.ok(['history', 'w'])).toBe('');
      await project.ok(['verify']);
    },
  );
});

describe('agentfs watch', () => {
  it('tells what other processes change, until so many changes were told', async () => {
    const project = await cliProject({ 'a.txt': 'a\n' });
    const child = await project.start(['watch', 'w', '--json', '--count', '3']);
    const [words] = await once(child.stderr ?? child, 'data');
    expect(String(words)).toBe('Watching workspace w. Press Ctrl-C to stop.\n');
    const lines: string[] = [];
    child.stdout?.on('data', (text) => lines.push(...String(text).trim().split('\n')));
    const afs = project.open();
    const workspace = await afs.workspace.get('w');
    await workspace.writeFile('b.txt', 'b\n');
    await expect.poll(() => lines).toHaveLength(1);
    await workspace.delete('a.txt');
    await expect.poll(() => lines).toHaveLength(2);
    // Also what is not about one path.
    await workspace.undo();
    expect(await once(child, 'close')).toEqual([0, null]);
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { type: 'added', path: 'b.txt', source: 'workspace', time: expect.any(String) },
      { type: 'deleted', path: 'a.txt' },
      { type: expect.any(String), path: expect.any(String) },
    ]);
  });

  it('ends with 130 at Ctrl-C', async () => {
    const project = await cliProject();
    const child = await project.start(['watch', '-w', 'w']);
    await once(child.stderr ?? child, 'data');
    child.kill('SIGINT');
    expect(await once(child, 'close')).toEqual([130, null]);
  });

  it('ends when the workspace is deleted', async () => {
    const project = await cliProject();
    const child = await project.start(['watch', 'w']);
    await once(child.stderr ?? child, 'data');
    await project.open().workspace.delete('w');
    expect(await once(child, 'close')).toEqual([0, null]);
  });
});
