/** What a process leaves behind that dies in the middle of a commit. */

import { closeSync, writeSync } from 'node:fs';
import { SafeDirectory } from '../../../src/disk/safe-directory.ts';
import type { TreePath } from '../../../src/primitives/path.ts';
import { encodeProcessToken, processToken } from '../../../src/primitives/process-token.ts';
import { stagedPath } from '../../../src/project/change-step.ts';
import { beginJournal } from '../../../src/project/journal.ts';
import { planChange } from '../../../src/project/plan-change.ts';
import { prepareContent } from '../../../src/store/contents.ts';
import { Store } from '../../../src/store/store.ts';
import { diffTrees } from '../../../src/tree/diff-trees.ts';
import { editTree, PendingTree } from '../../../src/tree/pending-tree.ts';
import { Trees } from '../../../src/tree/trees.ts';
import { userSigner } from '../../support/signer.ts';

/** A project, by its directory. */
interface Project {
  readonly dir: string;
}

/** The store of a project, opened by the user of this process. */
export function storeOf({ dir }: Project): Store {
  const token = encodeProcessToken(processToken());
  const options = { cacheBytes: 0, process: token, signer: userSigner() };
  return new Store(`${dir}/.agentfs/agentfs.db`, options);
}

/** Leaves what a process leaves that dies when it has replaced the first of all files. */
export function dieInCommit(project: Project): void {
  const store = storeOf(project);
  const base = SafeDirectory.open(project.dir);
  try {
    const trees = new Trees(store.objects, 0);
    const content = prepareContent(Buffer.from('new\n'));
    const before =
      store.stats.directory(0)?.tree ?? trees.put({ kind: 'leaf', entries: new Map() });
    const wanted = store.database.transaction(() => {
      store.contents.put(content);
      const files = [...new PendingTree(trees, before).walk()].filter(
        ([, { kind }]) => kind === 'file',
      );
      const changes = files.map(([path, entry]) => {
        return { path: path as TreePath, entry: { ...entry, id: content.id, size: content.size } };
      });
      return editTree(trees, before, changes).id;
    });
    const { steps } = planChange(base, diffTrees(trees, before, wanted));
    const journal = beginJournal(store, steps, 0);
    const [first] = steps;
    if (first === undefined) return;
    base.rename(first.path, stagedPath(journal.number, first, 'old'));
    const file = base.createExclusive(first.path, 0o644);
    writeSync(file, 'new\n');
    closeSync(file);
  } finally {
    base.close();
    store.close();
  }
}
