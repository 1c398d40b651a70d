/** Several processes on one store: nothing is lost, nothing mixed, and nobody is told that it is busy. */

import { expect, it } from 'vitest';
import { bundledLibrary } from '../support/compiled.ts';
import { setUp } from '../support/test-project.ts';
import {
  batchTogether,
  commitTogether,
  openTogether,
  Worker,
  writeTogether,
} from './support/together.ts';

// The same for longer: npm run test:faults.
it('keeps all of 4 x 50 writes to one workspace', async () => {
  await writeTogether(4, 50);
  expect.hasAssertions();
});

it('never lets two batches mix, and never shows half of one', async () => {
  await batchTogether(4, 7);
  expect.hasAssertions();
});

it('opens one new store from 4 processes that all create workspaces', async () => {
  await openTogether(4);
  expect.hasAssertions();
});

it('tells the others that a workspace was deleted under them', async () => {
  const { project, afs } = await setUp({ 'a.txt': 'a' });
  const module = await bundledLibrary();
  const script = `
    const workspace = await afs.workspace.get('w');
    await workspace.writeFile('/mine', 'x');
    report('waiting');
    await once(process.stdin, 'data');
    report(await codeOf(workspace.readFile('/a.txt')));
    report(await codeOf(workspace.writeFile('/a.txt', 'x')));
    report(await codeOf(workspace.batch((batch) => batch.writeFile('/b', 'x'))));
    report(await codeOf(workspace.snapshot.create('s')));
    report(await codeOf(workspace.commit('c')));
    report(await codeOf(workspace.undo()));
    report(await codeOf(workspace.status()));
    report(await codeOf(afs.workspace.get('w')));
    report(await workspace.exists());`;
  const worker = new Worker(module, project.dir, 0, script);
  await worker.ready;
  worker.start();
  const workspace = await afs.workspace.get('w');
  const waiting = workspace.audit.stream({ follow: true, path: '/mine' });
  await waiting.next();
  await waiting.return(undefined);
  await afs.workspace.delete('w');
  worker.start();
  const gone = Array.from({ length: 8 }, () => 'WORKSPACE_NOT_FOUND');
  expect(await worker.finished()).toEqual(['waiting', ...gone, false]);
  expect(project.read('a.txt')).toBe('a');
  expect((await afs.verify()).ok).toBe(true);
});

it('serialises commits of several processes, so that every change arrives', async () => {
  await commitTogether(4, 2);
  expect.hasAssertions();
});
