/** What somebody finds who takes the base over from a process that has died in a commit. */

import { renameSync } from 'node:fs';
import { expect, it } from 'vitest';
import { SafeDirectory } from '../../src/disk/safe-directory.ts';
import { joinPath, ROOT } from '../../src/primitives/path.ts';
import { encodeProcessToken, ownProcessToken } from '../../src/primitives/process-token.ts';
import { beginJournal } from '../../src/project/journal.ts';
import { planChange } from '../../src/project/plan-change.ts';
import { prepareContent } from '../../src/store/contents.ts';
import { Store } from '../../src/store/store.ts';
import { diffTrees } from '../../src/tree/diff-trees.ts';
import { editTree } from '../../src/tree/pending-tree.ts';
import { Trees } from '../../src/tree/trees.ts';
import { setUp, type TestProject, textsOf } from '../support/test-project.ts';

const OLD = { 'a.txt': 'old\n', 'b.txt': 'old\n' };

/** Leaves what a process leaves that dies when it has replaced the first of two files. */
function dieInCommit(project: TestProject): void {
  const token = encodeProcessToken(ownProcessToken());
  const store = new Store(project.path('.agentfs/agentfs.db'), { cacheBytes: 0, process: token });
  const trees = new Trees(store.objects, 0);
  const content = prepareContent(Buffer.from('new\n'));
  const before = store.stats.directory(0)?.tree ?? trees.put({ kind: 'leaf', entries: new Map() });
  const wanted = store.database.transaction(() => {
    store.contents.put(content);
    const changes = [...trees.entries(before)].map(([name, entry]) => {
      return {
        path: joinPath(ROOT, name),
        entry: { ...entry, id: content.id, size: content.size },
      };
    });
    return editTree(trees, before, changes).id;
  });
  const base = SafeDirectory.open(project.dir);
  const { steps } = planChange(base, diffTrees(trees, before, wanted));
  base.close();
  const { number } = beginJournal(store, steps, 0);
  renameSync(project.path('a.txt'), project.path(`.agentfs-stage-${number}-0.old`));
  project.write('a.txt', 'new\n');
  store.close();
}

it('takes back a commit that another process died in before it scans the base', async () => {
  const { project, afs } = await setUp(OLD);
  dieInCommit(project);
  const second = await afs.workspace.create('second');
  expect(await textsOf(second)).toEqual(OLD);
  expect(project.list()).toEqual(['a.txt', 'b.txt']);
  expect(await afs.doctor()).toEqual([]);
});
