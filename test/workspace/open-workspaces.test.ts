import { setImmediate } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { collectGarbage } from '../support/memory-in-use.ts';
import { TestProject } from '../support/test-project.ts';

it('that were deleted stay in memory no longer, whoever has deleted them', async () => {
  const project = new TestProject({ 'a.txt': 'a' });
  const [afs, other] = [project.open(), project.open()];
  const kept = await afs.workspace.create('kept');
  await kept.writeFile('a.txt', 'kept');
  const cores: WeakRef<object>[] = [];
  for (let n = 0; n < 200; n += 1) {
    const { name, core } = await afs.workspace.create(`w${n}`, { fromWorkspace: 'kept' });
    cores.push(new WeakRef(core));
    await (n % 2 === 0 ? afs : other).workspace.delete(name, { force: true });
  }
  await setImmediate();
  collectGarbage();
  const left = cores.filter((each) => each.deref() !== undefined);
  expect(left.length).toBeLessThanOrEqual(64);
  expect((await afs.workspace.get('kept')).core).toBe(kept.core);
});

it('that were deleted answer by their handles as before when they were forgotten', async () => {
  const project = new TestProject({});
  const afs = project.open();
  const gone = await afs.workspace.create('gone');
  await afs.workspace.delete('gone');
  for (let n = 0; n < 100; n += 1) {
    await afs.workspace.create(`w${n}`);
    await afs.workspace.delete(`w${n}`);
  }
  await expect(gone.writeFile('a', 'b')).rejects.toMatchObject({ code: 'WORKSPACE_NOT_FOUND' });
  await expect(gone.sync.push()).rejects.toMatchObject({ code: 'WORKSPACE_NOT_FOUND' });
});
