/** What does it cost to bring one small change into another workspace? */

import { git } from './support/git.mjs';
import { atMost, speedUp } from './support/goal.mjs';
import { inTurn, repeated, timed } from './support/measure.mjs';

export const merges = {
  name: 'merge',
  question: 'what does it cost to bring one small change into another workspace?',
  async measure({ projects, options }) {
    const project = await projects.of(options.files);
    const { base, afs } = project;
    const target = await projects.fork(project);
    commitBranches(project);
    const { ours, reference } = await inTurn(options.runs, {
      ours: (run) => {
        let source;
        return repeated(
          () => afs.workspace.merge(source.name, target.name),
          async (i) => {
            source = await projects.fork(project);
            await source.writeFile(project.path(20 * run + i + 20), `merged in run ${run}\n`);
          },
        );
      },
      reference: () => timed(() => git(base, ['merge-tree', '--write-tree', 'left', 'right'])),
    });
    return [
      {
        operation: `merge of one change, ${project.files.toLocaleString('en')} files`,
        unit: 'ms',
        ours,
        reference: { label: 'git merge-tree', figure: reference },
        ratio: speedUp(ours, reference),
        goals: [atMost(ours, 1)],
      },
    ];
  },
};

/** Two branches that changed one file each; nothing of the working tree is touched. */
function commitBranches({ base, path }) {
  const commands = ['left', 'right'].flatMap((branch, i) => [
    `commit refs/heads/${branch}\ncommitter b <b@b> 1 +0000\ndata 1\n${i}\nfrom refs/heads/main\n`,
    `M 100644 inline ${path(i)}\ndata 7\nchanged\n`,
  ]);
  git(base, ['fast-import', '--quiet', '--force'], { input: commands.join('') });
}
