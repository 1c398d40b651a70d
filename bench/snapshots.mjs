/** What does a snapshot cost after ten changes? */

import { join } from 'node:path';
import { CHANGES, changeBase, changeWorkspace, writeDurably } from './support/change.mjs';
import { git } from './support/git.mjs';
import { ratioAtLeast, speedUp } from './support/goal.mjs';
import { inTurn, timed } from './support/measure.mjs';

export const snapshots = {
  name: 'snapshot',
  question: 'what does a snapshot cost after ten changes?',
  async measure({ projects, options }) {
    const project = await projects.of(options.files);
    const workspace = await projects.fork(project);
    const scratch = projects.directory();
    const { ours, commit, fsync } = await inTurn(options.runs, {
      ours: async (run) => {
        await changeWorkspace(workspace, project, run);
        return timed(() => workspace.snapshot.create(`run-${run}`));
      },
      commit: (run) => {
        changeBase(project, run);
        return timed(() => {
          git(project.base, ['add', '-A']);
          git(project.base, ['commit', '-q', '-m', `run ${run}`]);
        });
      },
      fsync: (run) => timed(() => writeDurably(join(scratch, `${run}`), 'a'.repeat(40_000))),
    });
    const ratio = speedUp(ours, commit);
    const most = 1 + fsync.median;
    return [
      {
        operation: `snapshot after ${CHANGES} changes, ${project.files.toLocaleString('en')} files`,
        unit: 'ms',
        ours,
        reference: { label: 'git add -A + commit', figure: commit },
        ratio,
        goals: [
          {
            text: `<= 1 ms + one fsync (${fsync.median.toFixed(1)} ms)`,
            isMet: ours.median <= most,
          },
          ratioAtLeast(ratio, 50),
        ],
      },
    ];
  },
};
