import { describe, expect, it } from 'vitest';
import { checksumLabel } from '../../src/audit/entry.ts';
import { type AuditFilter, parseAuditFilter } from '../../src/audit/filter.ts';
import { auditPages, listAudit } from '../../src/audit/query.ts';
import type { Store } from '../../src/store/store.ts';
import { addAudit, addWorkspace, openTestStore, putFiles } from '../store/fixtures.ts';

function list(store: Store, filter: AuditFilter, workspace?: number) {
  return listAudit(store, parseAuditFilter(filter), { workspace });
}

function paths(store: Store, filter: AuditFilter, workspace?: number): string[] {
  return list(store, filter, workspace).map(({ path }) => path);
}

/** Workspace `w` with four entries, and one of another workspace between them. */
function filled(): { store: Store; number: number } {
  const store = openTestStore();
  const tree = putFiles(store, {});
  const workspace = addWorkspace(store, 'w', tree);
  const other = addWorkspace(store, 'other', tree);
  addAudit(store, workspace, { path: 'src/a.ts', operation: 'create', time: 1_000 });
  addAudit(store, workspace, { path: 'src/deep/b.ts', time: 2_000, agentId: 'robot' });
  addAudit(store, other, { path: 'src/a.ts', time: 2_500 });
  addAudit(store, workspace, { path: 'src/a.ts', operation: 'delete', time: 3_000 });
  addAudit(store, workspace, { path: '[id].ts', time: 4_000, sessionId: 'session' });
  return { store, number: workspace.number };
}

describe('audit queries', () => {
  it('give every entry in the order of ids, with its workspace', () => {
    const { store, number } = filled();
    const entries = list(store, {});
    expect(entries.map(({ id }) => id)).toEqual([1, 2, 3, 4, 5]);
    expect(entries[2]).toEqual({
      id: 3,
      timestamp: new Date(2_500),
      operation: 'write',
      path: 'src/a.ts',
      workspaceId: 'uuid-of-other',
      workspaceName: 'other',
      agentId: '',
      sessionId: '',
      commandId: '',
    });
    expect(list(store, {}, number).map(({ id }) => id)).toEqual([1, 2, 4, 5]);
  });

  it.each<[AuditFilter, number[]]>([
    [{ operation: 'write' }, [2, 5]],
    [{ operation: ['create', 'delete'] }, [1, 4]],
    [{ from: new Date(2_000), to: 3_000 }, [2, 4]],
    [{ from: '1970-01-01T00:00:03Z' }, [4, 5]],
    [{ path: '/src/a.ts' }, [1, 4]],
    [{ path: 'src/**' }, [1, 2, 4]],
    [{ path: '*.ts' }, [1, 2, 4, 5]],
    [{ path: '[id].ts' }, [5]],
    [{ path: 'src/a.ts', order: 'desc' }, [4, 1]],
    [{ agentId: 'robot' }, [2]],
    [{ sessionId: 'session' }, [5]],
    [{ agentId: "' OR 1=1 --" }, []],
    [{ path: 'src/%' }, []],
    [{ limit: 2, offset: 1 }, [2, 4]],
    [{ order: 'desc', limit: 1 }, [5]],
    [{ path: 'src/**', offset: 1, limit: 1, order: 'desc' }, [2]],
    [{ limit: 0 }, []],
  ])('with %j give entries %j', (filter, expected) => {
    const { store, number } = filled();
    expect(list(store, filter, number).map(({ id }) => id)).toEqual(expected);
  });

  it.each<[string, unknown]>([
    ['operation', 'destroy'],
    ['from', 'yesterday'],
    ['to', Number.NaN],
    ['to', '2026-13-45'],
    ['from', {}],
    ['limit', -1],
    ['offset', 1.5],
    ['order', 'up'],
    ['agentId', 7],
  ])('refuse a wrong %s (%j) and name it', (option, value) => {
    expect(() => parseAuditFilter({ [option]: value })).toThrow(
      expect.objectContaining({
        code: 'INVALID_ARGUMENT',
        message: expect.stringContaining(option),
      }),
    );
  });

  it('refuse a pattern that could keep the process busy', () => {
    expect(() => parseAuditFilter({ path: '{a,b}'.repeat(20) })).toThrow(
      expect.objectContaining({ code: 'INVALID_PATTERN' }),
    );
  });

  it('read long logs page by page, and go on after an id', () => {
    const store = openTestStore();
    const workspace = addWorkspace(store, 'w', putFiles(store, {}));
    store.database.transaction(() => {
      for (let i = 0; i < 1_203; i++) addAudit(store, workspace, { path: `f${i}` });
    });
    const query = parseAuditFilter({ path: 'f?' });
    const pages = [...auditPages(store, query)];
    expect(pages.map((page) => page.length)).toEqual([10, 0, 0]);
    expect(paths(store, { offset: 1_000, limit: 2 })).toEqual(['f1000', 'f1001']);
    const rest = listAudit(store, parseAuditFilter({}), { after: 1_200 });
    expect(rest.map(({ path }) => path)).toEqual(['f1200', 'f1201', 'f1202']);
    const before = listAudit(store, parseAuditFilter({ order: 'desc' }), { after: 3 });
    expect(before.map(({ id }) => id)).toEqual([2, 1]);
  });

  it('say what each checksum is a hash of', () => {
    const store = openTestStore();
    const workspace = addWorkspace(store, 'w', putFiles(store, {}));
    const [before, after] = ['b'.repeat(64), 'a'.repeat(64)];
    addAudit(store, workspace, {
      beforeId: before,
      beforeSize: 1024 * 1024,
      afterId: after,
      afterSize: 1024 * 1024 + 1,
    });
    addAudit(store, workspace, { afterId: after, metadata: '{"name":"s1"}' });
    const [write, snapshot] = list(store, {});
    expect(write?.details).toEqual({
      sizeBefore: 1024 * 1024,
      sizeAfter: 1024 * 1024 + 1,
      checksumBefore: `sha256:${before}`,
      checksumAfter: `agentfs-manifest:${after}`,
    });
    expect(snapshot).toMatchObject({
      details: { checksumAfter: `agentfs-tree:${after}` },
      metadata: { name: 's1' },
    });
    expect(checksumLabel(before, 0)).toBe(`sha256:${before}`);
  });
});
