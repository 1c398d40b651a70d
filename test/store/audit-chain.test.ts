import { describe, expect, it } from 'vitest';
import { verifyAudit, verifyAudits } from '../../src/store/audit-chain.ts';
import type { Store } from '../../src/store/store.ts';
import type { WorkspaceRow } from '../../src/store/workspaces.ts';
import { addAudit, addWorkspace, openTestStore, putFiles, runToEnd } from './fixtures.ts';

/** A workspace with ten rows, made at 0, 1000, 2000 ... ms. */
function filled(): { store: Store; workspace: WorkspaceRow } {
  const store = openTestStore();
  const workspace = addWorkspace(store, 'w', putFiles(store, {}));
  for (let i = 0; i < 10; i++) addAudit(store, workspace, { path: `f${i}`, time: i * 1_000 });
  return { store, workspace };
}

/** What somebody with the file and a SQLite shell can do. */
function tamper(store: Store, sql: string): void {
  store.database.exec('DROP TRIGGER audit_is_append_only; DROP TRIGGER audit_is_kept;');
  store.database.exec(sql);
}

function prune(store: Store, olderThan: number): number {
  return store.database.transaction(() => store.audit.prune(store.audit.firstKept(olderThan)));
}

describe('an audit chain', () => {
  it('is whole when nobody has touched it', () => {
    const { store, workspace } = filled();
    expect(verifyAudit(store, workspace)).toEqual({
      ok: true,
      rows: 10,
      head: workspace.auditHead,
    });
  });

  it('refuses changes and deletions', () => {
    const { store } = filled();
    expect(() => store.database.exec("UPDATE audit SET path = 'x'")).toThrow(/cannot be changed/);
    expect(() => store.database.exec('DELETE FROM audit')).toThrow(/cannot be deleted/);
  });

  it.each([
    ['a changed row', "UPDATE audit SET path = 'x' WHERE sequence = 5", 5],
    ['a removed row', 'DELETE FROM audit WHERE sequence = 5', 6],
    ['a removed beginning', 'DELETE FROM audit WHERE sequence < 5', 5],
    [
      'two rows that changed places',
      `UPDATE audit SET sequence = 99 WHERE sequence = 5;
       UPDATE audit SET sequence = 5 WHERE sequence = 6;
       UPDATE audit SET sequence = 6 WHERE sequence = 99;`,
      5,
    ],
    ['a row from another chain', "UPDATE workspaces SET uuid = 'other'", 1],
  ])('shows %s', (_, sql, firstBadId) => {
    const { store, workspace } = filled();
    tamper(store, sql);
    expect(verifyAudit(store, workspace)).toMatchObject({ ok: false, firstBadId });
  });

  it('shows a removed end', () => {
    const { store, workspace } = filled();
    tamper(store, 'DELETE FROM audit WHERE sequence > 7');
    const verdict = verifyAudit(store, workspace);
    expect(verdict).toMatchObject({ ok: false, rows: 7, head: workspace.auditHead });
    expect(verdict.problem).toContain('end at 7');
  });

  it('stays whole when retention removes its oldest rows, and when it removes all', () => {
    const { store, workspace } = filled();
    expect(prune(store, 4_000)).toBe(4);
    expect(verifyAudit(store, workspace)).toMatchObject({ ok: true, rows: 6 });
    // The newest row of all stays.
    const other = addWorkspace(store, 'other', workspace.root);
    addAudit(store, other);
    expect(prune(store, 99_000)).toBe(6);
    expect(verifyAudit(store, workspace)).toMatchObject({ ok: true, rows: 0 });
    addAudit(store, workspace);
    expect(verifyAudit(store, workspace)).toMatchObject({ ok: true, rows: 1 });
    expect(verifyAudit(store, other)).toMatchObject({ ok: true, rows: 1 });
  });

  it('gives no number out twice, whatever retention removes', () => {
    const { store, workspace } = filled();
    const newest = store.audit.newest();
    prune(store, 99_000);
    addAudit(store, workspace);
    expect(store.audit.newest()).toBeGreaterThan(newest);
  });

  it('is checked beside others, with a verdict for each', () => {
    const { store, workspace } = filled();
    const other = addWorkspace(store, 'other', workspace.root);
    for (const row of [other, workspace, other]) addAudit(store, row);
    tamper(store, "UPDATE audit SET path = 'x' WHERE sequence = 2 AND workspace = 2");
    const verdicts = runToEnd(verifyAudits(store, [workspace, other]));
    expect(verdicts).toMatchObject([
      { ok: true, rows: 11 },
      { ok: false, rows: 1, firstBadId: 13 },
    ]);
  });

  it('is whole when retention cuts it while it is read', () => {
    const { store, workspace } = filled();
    for (let i = 0; i < 1_000; i++) addAudit(store, workspace);
    const steps = verifyAudits(store, [workspace]);
    steps.next();
    prune(store, 99_000);
    expect(runToEnd(steps)).toMatchObject([{ ok: true, rows: 1 }]);
  });

  it('keeps young rows when the clock was wrong for a while', () => {
    const { store, workspace } = filled();
    addAudit(store, workspace, { time: -1_000_000 });
    expect(prune(store, 2_000)).toBe(2);
    expect(store.audit.select({ limit: 100 })).toHaveLength(9);
  });
});
