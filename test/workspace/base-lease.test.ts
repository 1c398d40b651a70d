/** What somebody finds who takes the base over from a process that has died in a commit. */

import { expect, it, onTestFinished } from 'vitest';
import { AgentFS } from '../../src/index.ts';
import { setUp, textsOf } from '../support/test-project.ts';
import { dieInCommit, storeOf } from './support/interrupted-commit.ts';

const OLD = { 'a.txt': 'old\n', 'b.txt': 'old\n' };

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
