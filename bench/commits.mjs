/** What does it cost to bring ten changes home to the base? */

import { join } from 'node:path';
import {
  CHANGES,
  changedContent,
  changedFiles,
  changeWorkspace,
  writeDurably,
} from './support/change.mjs';
import { ratioAtLeast, speedUp } from './support/goal.mjs';
import { inTurn, timed } from './support/measure.mjs';
import { lstatAll } from './support/scan.mjs';
import { warmWatch } from './support/watch.mjs';

export const commits = {
  name: 'commit',
  question: 'what does it cost to bring ten changes home to the base?',
  async measure({ projects, options }) {
    const sizes = [options.files, options.large].filter((size) => size > 0);
    const rows = [];
    for (const size of new Set(sizes)) {
      const project = await projects.of(size);
      if (size === options.files) {
        rows.push(await commitBeside(projects, project, options.runs, { isWatched: false }));
      }
      const watching = await projects.open(project.base, { watchBase: true });
      await warmWatch(watching, size);
      const watched = { ...project, afs: watching };
      rows.push(await commitBeside(projects, watched, options.runs, { isWatched: true }));
    }
    return rows;
  },
};

async function commitBeside(projects, project, runs, { isWatched }) {
  const { afs, base, files } = project;
  const workspace = await afs.workspace.create(`commit-${isWatched}`);
  const scratch = projects.directory();
  const { ours, reference } = await inTurn(runs, {
    ours: async (run) => {
      await changeWorkspace(workspace, project, run);
      return timed(() => workspace.commit(`run ${run}`));
    },
    reference: (run) => {
      const contents = changedFiles(project, run).map(changedContent);
      return timed(() => {
        if (!isWatched) lstatAll(base);
        for (const [i, content] of contents.entries())
          writeDurably(join(scratch, `${run}-${i}`), content);
      });
    },
  });
  const label = `${isWatched ? '' : 'lstat of every entry + '}${CHANGES} fsynced writes of new files`;
  const ratio = speedUp(ours, reference);
  return {
    operation: `commit of ${CHANGES} changes${isWatched ? ', base watched' : ''}, ${files.toLocaleString('en')} files`,
    unit: 'ms',
    ours,
    reference: { label, figure: reference },
    ratio,
    goals: [{ ...ratioAtLeast(ratio, 1 / 1.5), text: '<= 1.5x the time (>= 0.67x)' }],
  };
}
