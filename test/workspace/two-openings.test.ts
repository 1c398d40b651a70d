import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { AgentFS, Workspace } from '../../src/index.ts';
import { readAll } from '../model/support/on-store.ts';
import { TestProject } from '../support/test-project.ts';

/** Something that one of the openings does to the workspace; what fails changes nothing. */
const step = fc.record({
  by: fc.constantFrom(0, 1),
  action: fc.constantFrom(
    'write',
    'write',
    'delete',
    'mkdir',
    'move',
    'snapshot',
    'restore',
    'undo',
  ),
  path: fc.constantFrom('a', 'a/b', 'a/b/c', 'd', 'd/e'),
  other: fc.constantFrom('a', 'd', 'x'),
});

type Step = typeof step extends fc.Arbitrary<infer Each> ? Each : never;

async function take(
  workspace: Workspace,
  { action, path, other }: Step,
  i: number,
): Promise<unknown> {
  switch (action) {
    case 'write':
      return workspace.writeFile(path, `${i}`);
    case 'delete':
      return workspace.delete(path, { recursive: true });
    case 'mkdir':
      return workspace.mkdir(path, { recursive: true });
    case 'move':
      return workspace.move(path, other);
    case 'snapshot':
      return workspace.snapshot.create(`s${i}`);
    case 'restore': {
      const [first] = await workspace.snapshot.list();
      return workspace.snapshot.restore(first?.name ?? '');
    }
    default:
      return workspace.undo();
  }
}

it('two that have a workspace open see the same, whichever of them changes it', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
      const project = new TestProject();
      const openings: AgentFS[] = [project.open(), project.open()];
      const [first] = openings;
      await first?.workspace.create('w');
      const workspaces = await Promise.all(openings.map((afs) => afs.workspace.get('w')));
      for (const [i, each] of steps.entries()) {
        const workspace = workspaces[each.by];
        if (workspace !== undefined) await take(workspace, each, i).catch(() => undefined);
        // Not after each step: what is caught up with is more than one change then.
        if (i % 3 !== 0) continue;
        const [one, two] = await Promise.all(workspaces.map(readAll));
        expect(two).toEqual(one);
      }
      const fresh = project.open();
      const seen = [...workspaces, await fresh.workspace.get('w')].map(readAll);
      const [one, two, three] = await Promise.all(seen);
      expect(two).toEqual(one);
      expect(three).toEqual(one);
      for (const afs of [...openings, fresh]) await afs.close();
    }),
    { numRuns: 25 },
  );
});
