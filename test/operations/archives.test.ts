import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { failureOf, operationsOf } from '../support/operations.ts';
import { setUp } from '../support/test-project.ts';

const workspace = 'w';

describe('archives', () => {
  it('go out and in, whole or not at all', async () => {
    const { afs } = await setUp({ 'a.txt': 'one\n' });
    const call = operationsOf(afs);
    await call('snapshot.create', { workspace, name: 's' });
    await call('file.write', { workspace, path: 'b.txt', content: 'two\n' });
    const { content, size } = await call('workspace.export', { workspace });
    expect(Buffer.from(String(content), 'base64')).toHaveLength(Number(size));
    const made = await call('workspace.import', { workspace: 'v', content, create: true });
    expect(made).toMatchObject({ workspace: 'v', changes: [{ type: 'added', path: 'b.txt' }] });
    const old = await call('workspace.export', { workspace, snapshot: 's', gzip: false });
    const over = { workspace: 'v', content: old['content'] };
    expect(await call('workspace.import', over)).toMatchObject({ changeCount: 0 });
    expect(await call('workspace.import', { ...over, replace: true })).toMatchObject({
      changes: [{ type: 'deleted', path: 'b.txt' }],
    });
    for (const [wrong, code] of [
      [{ workspace: 'v', content: '?' }, 'EINVAL'],
      [{ workspace: 'v', content: 'AAAA' }, 'ARCHIVE_INVALID'],
      [{ workspace: 'u', content }, 'WORKSPACE_NOT_FOUND'],
      [{ workspace: 'u', content: 'AAAA', create: true }, 'ARCHIVE_INVALID'],
    ] as const) {
      expect(await failureOf(call('workspace.import', wrong))).toMatchObject({ code });
    }
    expect(await call('workspace.list')).toMatchObject({ total: 2 });
  });
});

describe('a workspace as files', () => {
  it('is there for editors, and takes in what they have edited', async () => {
    const { afs } = await setUp({ 'a.txt': 'one\n' });
    const call = operationsOf(afs);
    const { path } = await call('workspace.materialize', { workspace });
    const file = join(String(path), 'a.txt');
    expect(readFileSync(file, 'utf8')).toBe('one\n');
    writeFileSync(file, 'edited\n');
    expect(await call('workspace.materialize', { workspace })).toEqual({ path });
    expect(await call('file.read', { workspace, path: 'a.txt' })).toMatchObject({
      content: 'edited\n',
    });
    expect(existsSync(file)).toBe(true);
  });
});

describe('the store', () => {
  it('says what it can do, what its room goes to, and what of it is not its user’s', async () => {
    const { afs } = await setUp({ 'a.txt': 'one\n', 'src/b.txt': 'x'.repeat(5000) });
    const call = operationsOf(afs);
    expect(await call('store.capabilities')).toMatchObject({
      strategies: expect.arrayContaining([expect.objectContaining({ name: 'directory' })]),
    });
    expect(await call('storage.analyze', { limit: 1 })).toMatchObject({
      largestFiles: [{ path: 'src/b.txt', size: 5000, owner: { kind: 'workspace', name: 'w' } }],
      largestDirectories: [{ path: 'src' }],
    });
    expect(await call('store.adopt')).toMatchObject({ adopted: true, remotes: [] });
  });
});
