/** What somebody finds who takes the base over from a process that has died in a commit. */

import { renameSync } from 'node:fs';
import { expect, it, onTestFinished } from 'vitest';
import { SafeDirectory } from '../../src/disk/safe-directory.ts';
import { AgentFS } from '../../src/index.ts';
import { joinPath, ROOT } from '../../src/primitives/path.ts';
import { encodeProcessToken, ownProcessToken } from '../../src/primitives/process-token.ts';
import { beginJournal } from '../../src/project/journal.ts';
import { planChange } from '../../src/project/plan-change.ts';
import { prepareContent } from '../../src/store/contents.ts';
import { Store } from '../../src/store/store.ts';
import { diffTrees } from '../../src/tree/diff-trees.ts';
import { editTree } from '../../src/tree/pending-tree.ts';
import { Trees } from '../../src/tree/trees.ts';
import { userSigner } from '../support/signer.ts';
import { setUp, type TestProject, textsOf } from '../support/test-project.ts';

const OLD = { 'a.txt': 'old\n', 'b.txt': 'old\n' };

function storeOf(project: TestProject): Store {
  const token = encodeProcessToken(ownProcessToken());
  const options = { cacheBytes: 0, process: token, signer: userSigner() };
  return new Store(project.path('.agentfs/agentfs.db'), options);
}

/** Leaves what a process leaves that dies when it has replaced the first of two files. */
function dieInCommit(project: TestProject): void {
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

it('takes back a commit that another process died in before it scans the base', async () => {
  const { project, afs } = await setUp(OLD);
  dieInCommit(project);
  const second = await afs.workspace.create('second');
  expect(await textsOf(second)).toEqual(OLD);
  expect(project.list()).toEqual(['a.txt', 'b.txt']);
  expect(await afs.doctor()).toEqual([]);
});

it('reads workspaces, but leaves the base alone, while a commit cannot be taken back', async () => {
  const { project, afs, workspace } = await setUp(OLD);
  await workspace.writeFile('/a.txt', 'mine\n');
  await afs.close();
  const store = storeOf(project);
  const number = store.journals.begin(0);
  store.journals.setSteps(number, 'damaged');
  store.close();
  const again = await AgentFS.open(project.dir);
  onTestFinished(() => again.close());
  expect(await (await again.workspace.get('w')).readText('/a.txt')).toBe('mine\n');
  expect((await again.doctor()).map(({ code }) => code)).toEqual(['JOURNAL_LEFT']);
  await expect(again.workspace.create('second')).rejects.toMatchObject({ code: 'STORE_CORRUPT' });
});
