import { describe, expect, it } from 'vitest';
import { contentId } from '../../src/primitives/object-id.ts';
import { compareNames } from '../../src/primitives/path.ts';
import { editDirectory } from '../../src/tree/edit-directory.ts';
import type { Piece } from '../../src/tree/node.ts';
import { EMPTY_TREE } from '../../src/tree/trees.ts';
import { type EngineReplica, engineReplica } from './support/engine-replicas.ts';
import { fileRemote } from './support/replicas.ts';

/** Gives the workspace a tree of 3,000 empty files, and returns the pieces of its index. */
function fill({ core, engine }: EngineReplica): readonly Piece[] {
  const { store, trees } = engine;
  const names = Array.from({ length: 3000 }, (_, i) => `file-${i}.ts`).sort(compareNames);
  const bytes = Buffer.alloc(0);
  const id = contentId(bytes);
  return core.working.change((draft) => {
    store.objects.put({ id, kind: 'content', bytes });
    const entry = { kind: 'file', mode: 0o644, mtime: 1, size: 0, files: 1, id } as const;
    const root = editDirectory(
      trees,
      EMPTY_TREE,
      names.map((name) => [name, entry]),
    );
    draft.moveTo(root.id);
    const node = trees.node(root.id);
    return node.kind === 'index' ? node.pieces : [];
  });
}

describe('a directory of thousands of files', () => {
  it('is synchronised piece by piece', async () => {
    const url = fileRemote();
    const a = await engineReplica(url);
    expect(fill(a).length).toBeGreaterThan(5);
    await a.push();
    const b = await engineReplica(url);
    await b.pull();
    expect(b.tree()).toBe(a.tree());
    await b.workspace.writeFile('file-7.ts', 'changed\n');
    const { objects } = b.sync.traffic;
    await b.push();
    // The index, one piece, and the content.
    expect(b.sync.traffic.objects - objects).toBe(3);
    await a.pull();
    expect(a.tree()).toBe(b.tree());
    expect(await a.workspace.sync.verify()).toMatchObject({ ok: true });
  });

  it('is refused when its index is not the one that its pieces give', async () => {
    const url = fileRemote();
    const a = await engineReplica(url);
    const pieces = fill(a);
    const { trees } = a.engine;
    a.core.working.change((draft) => {
      const halves = [pieces.slice(0, 3), pieces.slice(3)].map((group): Piece => {
        const id = trees.put({ kind: 'index', level: 1, pieces: group });
        return { ...trees.summary(id), last: group.at(-1)?.last ?? '' };
      });
      draft.moveTo(trees.put({ kind: 'index', level: 2, pieces: halves }));
    });
    await a.push();
    const b = await engineReplica(url);
    const before = b.tree();
    await expect(b.pull()).rejects.toMatchObject({
      code: 'REMOTE_CORRUPT',
      details: { id: a.tree() },
    });
    expect(b.tree()).toBe(before);
    expect(await a.workspace.sync.verify()).toMatchObject({
      ok: false,
      damaged: [{ id: a.tree(), code: 'REMOTE_CORRUPT' }],
    });
  });
});
