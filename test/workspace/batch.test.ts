/** Batches: all of them happens, in one transaction and one step of undo, or nothing. */

import { describe, expect, it } from 'vitest';
import type { BatchOp, Workspace } from '../../src/index.ts';
import { setUp, textsOf } from '../support/test-project.ts';

const FILES = { 'a.txt': 'a', 'dir/b.txt': 'b' };

/** Whether neither files nor history nor the audit log have changed since. */
async function isUntouched(workspace: Workspace): Promise<void> {
  expect((await workspace.status()).hasChanges).toBe(false);
  expect(await workspace.history()).toEqual([]);
  const logs = await workspace.audit.logs();
  expect(logs.map(({ operation }) => operation)).toEqual(['workspace.create']);
}

describe('batch', () => {
  it('does all operations of an array in their order', async () => {
    const { workspace } = await setUp(FILES);
    const summary = await workspace.batch([
      { type: 'write', path: '/new/c.txt', content: 'c', mode: 0o755 },
      { type: 'append', path: '/new/c.txt', content: 'cc' },
      { type: 'copy', from: '/new/c.txt', to: '/copy.txt' },
      { type: 'move', from: '/a.txt', to: '/moved.txt' },
      { type: 'delete', path: '/dir' },
      { type: 'mkdir', path: '/one/two' },
      { type: 'chmod', path: '/moved.txt', mode: 0o600 },
      { type: 'symlink', path: '/link', target: 'moved.txt' },
      { type: 'write', path: '/new/bytes', content: Uint8Array.of(1, 2, 3) },
    ]);
    expect(summary.operations).toBe(9);
    expect(summary.bytes).toBe(6);
    expect(summary.paths).toContain('moved.txt');
    expect(await textsOf(workspace)).toEqual({
      'copy.txt': 'ccc',
      'moved.txt': 'a',
      'new/bytes': '\u0001\u0002\u0003',
      'new/c.txt': 'ccc',
    });
    expect((await workspace.stat('/copy.txt')).mode).toBe(0o755);
    expect((await workspace.stat('/link')).mode).toBe(0o600);
    expect((await workspace.stat('/one/two')).isDirectory()).toBe(true);
  });

  it('does the same with a function that collects them, which may be asynchronous', async () => {
    const { workspace } = await setUp(FILES);
    await workspace.batch(async (batch) => {
      batch.writeFile('/c.txt', 'c').appendFile('/c.txt', 'c').copy('/c.txt', '/d.txt');
      await Promise.resolve();
      batch.move('/a.txt', '/e.txt').delete('/dir').mkdir('/f').chmod('/f', 0o700);
      batch.symlink('e.txt', '/g');
      expect(await workspace.exists('/c.txt')).toBe(false);
    });
    expect(await textsOf(workspace)).toEqual({ 'c.txt': 'cc', 'd.txt': 'cc', 'e.txt': 'a' });
    expect((await workspace.stat('/f')).mode).toBe(0o700);
    expect(await workspace.readlink('/g')).toBe('e.txt');
  });

  it('is one step of undo, with an audit entry for each path', async () => {
    const { workspace } = await setUp(FILES);
    await workspace.batch((batch) => batch.writeFile('/a.txt', '1').writeFile('/c.txt', '2'));
    const logs = await workspace.audit.logs({ operation: ['write', 'create'] });
    expect(logs.map(({ operation, path }) => `${operation} ${path}`)).toEqual([
      'write a.txt',
      'create c.txt',
    ]);
    const undone = await workspace.undo();
    expect(undone.operation).toMatchObject({ kind: 'batch', summary: 'batch of 2' });
    expect(await textsOf(workspace)).toEqual(FILES);
  });

  it('leaves nothing behind when an operation in the middle fails', async () => {
    const { workspace } = await setUp(FILES);
    const failing: readonly [operation: BatchOp, code: string][] = [
      [{ type: 'delete', path: '/missing' }, 'ENOENT'],
      [{ type: 'write', path: '/dir', content: 'x' }, 'EISDIR'],
      [{ type: 'write', path: '/dir/b.txt/x', content: 'x' }, 'ENOTDIR'],
      [{ type: 'move', from: '/missing', to: '/x' }, 'ENOENT'],
      [{ type: 'copy', from: '/dir', to: '/dir/x' }, 'EINVAL'],
      [{ type: 'symlink', path: '/new.txt', target: 'x' }, 'EEXIST'],
      [{ type: 'chmod', path: '/missing', mode: 0o600 }, 'ENOENT'],
      [{ type: 'write', path: '/../x', content: 'x' }, 'INVALID_PATH'],
      [{ type: 'mkdir', path: '/.git/x' }, 'INVALID_PATH'],
    ];
    for (const [operation, code] of failing) {
      const batch: BatchOp[] = [
        { type: 'write', path: '/new.txt', content: 'new' },
        { type: 'delete', path: '/a.txt' },
        operation,
        { type: 'write', path: '/never.txt', content: 'never' },
      ];
      await expect(workspace.batch(batch), code).rejects.toMatchObject({ code });
      expect(await textsOf(workspace)).toEqual(FILES);
    }
    await isUntouched(workspace);
  });

  it('does nothing when its function throws or rejects', async () => {
    const { workspace } = await setUp(FILES);
    const throws = workspace.batch((batch) => {
      batch.writeFile('/new.txt', 'new');
      throw new Error('changed my mind');
    });
    await expect(throws).rejects.toThrow('changed my mind');
    const rejects = workspace.batch(async (batch) => {
      batch.delete('/a.txt');
      await Promise.reject(new Error('no'));
    });
    await expect(rejects).rejects.toThrow('no');
    await isUntouched(workspace);
  });

  it('checks all operations before the first, and names the wrong one', async () => {
    const { workspace } = await setUp(FILES);
    const run = (operations: unknown): Promise<unknown> =>
      Reflect.apply(workspace.batch, workspace, [operations]);
    const good = { type: 'write', path: '/x', content: 'x' };
    await expect(run([good, { type: 'destroy', path: '/a.txt' }])).rejects.toThrow(
      /operations\[1\]\.type must be one of/,
    );
    await expect(run([good, null])).rejects.toThrow(/operations\[1\] must be an object/);
    await expect(run([good, { type: 'write', path: 5, content: '' }])).rejects.toThrow(
      /operations\[1\]\.path must be a string/,
    );
    await expect(run([{ type: 'write', path: '/x' }])).rejects.toThrow(/data|content/);
    await expect(run([{ type: 'chmod', path: '/a.txt' }])).rejects.toThrow(/mode/);
    await expect(run('write')).rejects.toThrow(/operations must be an array/);
    await isUntouched(workspace);
  });

  it('may be empty', async () => {
    const { workspace } = await setUp(FILES);
    expect(await workspace.batch([])).toEqual({ operations: 0, paths: [], bytes: 0 });
    await isUntouched(workspace);
  });
});

describe('batchProcess', () => {
  it('gives the results in the order of the files, failures among them', async () => {
    const { workspace } = await setUp(FILES);
    const results = await workspace.batchProcess(['/a.txt', '/no.txt', '/dir/b.txt'], (path) =>
      workspace.readText(path),
    );
    expect(results).toMatchObject([
      { path: '/a.txt', status: 'fulfilled', value: 'a' },
      { path: '/no.txt', status: 'rejected', reason: { code: 'ENOENT' } },
      { path: '/dir/b.txt', status: 'fulfilled', value: 'b' },
    ]);
  });

  it('never has more calls under way than asked for', async () => {
    const { workspace } = await setUp();
    const files = Array.from({ length: 30 }, (_, i) => `/f${i}`);
    let running = 0;
    let most = 0;
    const work = async (path: string): Promise<void> => {
      running += 1;
      most = Math.max(most, running);
      await workspace.writeFile(path, path);
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
    };
    await workspace.batchProcess(files, work, { concurrency: 3 });
    expect(most).toBe(3);
    most = 0;
    await workspace.batchProcess(files, work);
    expect(most).toBe(10);
    expect(await workspace.readdir()).toHaveLength(30);
  });

  it('takes a synchronous function and no files at all, and refuses anything else', async () => {
    const { workspace } = await setUp();
    const thrown = await workspace.batchProcess(['/a'], () => {
      throw new Error('at once');
    });
    expect(thrown).toMatchObject([{ status: 'rejected', reason: { message: 'at once' } }]);
    expect(await workspace.batchProcess([], () => 1)).toEqual([]);
    const run = (...args: unknown[]): Promise<unknown> =>
      Reflect.apply(workspace.batchProcess, workspace, args);
    await expect(run('/a', () => 1)).rejects.toThrow(/files must be an array/);
    await expect(run(['/a'], 'f')).rejects.toThrow(/process must be a function/);
    await expect(run(['/a'], () => 1, { concurrency: 0 })).rejects.toThrow(/concurrency/);
  });
});
