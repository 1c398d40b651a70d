/** Which workspaces contradict each other, and in which order all can land. */

import { describe, expect, it } from 'vitest';
import { setUp } from '../support/test-project.ts';

describe('checkMerge', () => {
  it('says who clashes with whom, who can land, and who cannot then', async () => {
    const { afs } = await setUp({ text: 'one\ntwo\nthree\nfour\nfive\n', other: 'x' });
    const write = async (name: string, path: string, content: string): Promise<void> => {
      const workspace = await afs.workspace.create(name);
      await workspace.writeFile(path, content);
    };
    await write('a', 'text', 'ONE\ntwo\nthree\nfour\nfive\n');
    await write('b', 'text', '1\ntwo\nthree\nfour\nfive\n');
    await write('c', 'text', 'one\ntwo\nthree\nfour\nFIVE\n');
    await write('d', 'new', 'new');
    const { clashes, order, left } = await afs.workspace.checkMerge(['a', 'b', 'c', 'd']);
    expect(clashes.map(({ first, second }) => [first, second])).toEqual([['a', 'b']]);
    expect(clashes[0]?.conflicts).toMatchObject([{ path: 'text', type: 'both-modified' }]);
    expect(order).toEqual(['c', 'd', 'a']);
    expect(left).toMatchObject([{ workspace: 'b', conflicts: [{ path: 'text' }] }]);
    for (const name of order) await (await afs.workspace.get(name)).commit(name);
    await expect((await afs.workspace.get('b')).commit('b')).rejects.toMatchObject({
      code: 'CONFLICT',
    });
    expect((await afs.verify()).ok).toBe(true);
  });

  it('counts what has changed in the project meanwhile, and changes nothing', async () => {
    const { afs, project, workspace } = await setUp({ a: 'a', b: 'b' });
    const other = await afs.workspace.create('other');
    await workspace.writeFile('a', 'mine');
    await other.writeFile('b', 'other');
    project.write('a', 'edited');
    const { clashes, order, left } = await afs.workspace.checkMerge(['w', 'other']);
    expect(clashes).toEqual([]);
    expect(order).toEqual(['other']);
    expect(left.map((each) => each.workspace)).toEqual(['w']);
    expect(project.read('b')).toBe('b');
    expect((await workspace.status()).modified.map(({ path }) => path)).toEqual(['a']);
  });

  it.each([[['w', 'w']], [[]], ['w']])('refuses %j', async (names) => {
    const { afs } = await setUp();
    const checked = afs.workspace.checkMerge(names as never);
    await expect(checked).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });
});
