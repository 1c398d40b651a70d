/** What a process leaves behind that dies in the middle of a commit. */

import { renameSync } from 'node:fs';
import { SafeDirectory } from '../../../src/disk/safe-directory.ts';
import { joinPath, ROOT } from '../../../src/primitives/path.ts';
import { encodeProcessToken, ownProcessToken } from '../../../src/primitives/process-token.ts';
import { beginJournal } from '../../../src/project/journal.ts';
import { planChange } from '../../../src/project/plan-change.ts';
import { prepareContent } from '../../../src/store/contents.ts';
import { Store } from '../../../src/store/store.ts';
import { diffTrees } from '../../../src/tree/diff-trees.ts';
import { editTree } from '../../../src/tree/pending-tree.ts';
import { Trees } from '../../../src/tree/trees.ts';
import { userSigner } from '../../support/signer.ts';
import type { TestProject } from '../../support/test-project.ts';

/** The store of a project, opened by the user of this process. */
export function storeOf(project: TestProject): Store {
  const token = encodeProcessToken(ownProcessToken());
  const options = { cacheBytes: 0, process: token, signer: userSigner() };
  return new Store(project.path('.agentfs/agentfs.db'), options);
}

/** Leaves what a process leaves that dies when it has replaced the first of two files. */
export function dieInCommit(project: TestProject): void {
  const store = storeOf(project);
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
