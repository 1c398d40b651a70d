import { describe, expect, it } from 'vitest';
import { checkConvergence } from '../support/convergence.ts';
import { newPlace, pulled, pushed, treeOf } from '../support/replica.ts';

describe('three replicas that do random things, and push and pull in any order', () => {
  it('show the same tree when all have heard of everything', () => checkConvergence(4));
});

it('two replicas that have done the same, one later than the other, have the same tree', async () => {
  const place = newPlace();
  const a = await pushed(place, { 'f.txt': 'one\n' });
  const b = await pulled(place);
  await a.workspace.fs.promises.writeFile('/f.txt', 'two\n');
  await a.workspace.fs.promises.utimes('/f.txt', 1_000, 1_000);
  await a.workspace.sync.push();
  await b.workspace.writeFile('f.txt', 'two\n');
  await b.workspace.sync.pull();
  expect(await treeOf(b.workspace)).toBe(await treeOf(a.workspace));
});

it('a time that is all that was changed stays through a pull', async () => {
  const place = newPlace();
  const a = await pushed(place, { 'f.txt': 'one\n', 'g.txt': 'one\n' });
  const b = await pulled(place);
  await a.workspace.writeFile('g.txt', 'two\n');
  await a.workspace.sync.push();
  await b.workspace.fs.promises.utimes('/f.txt', 1_000, 1_000);
  await b.workspace.sync.pull();
  expect((await b.workspace.stat('f.txt')).mtime.getTime()).toBe(1_000_000);
  expect(await b.workspace.readText('g.txt')).toBe('two\n');
});
