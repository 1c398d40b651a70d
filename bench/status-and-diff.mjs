/** What do status and diff of ten changes cost in a large project? */

import { CHANGES, changeBase, changeWorkspace } from './support/change.mjs';
import { git } from './support/git.mjs';
import { atMost, ratioAtLeast, speedUp } from './support/goal.mjs';
import { inTurn, repeated, timed } from './support/measure.mjs';

export const statusAndDiff = {
  name: 'status',
  question: 'what do status and diff of ten changes cost in a large project?',
  async measure({ projects, options }) {
    const project = await projects.of(options.large || options.files);
    const workspace = await projects.fork(project);
    const figures = await inTurn(options.runs, {
      status: () =>
        repeated(
          () => workspace.status(),
          () => changeWorkspace(workspace, project, 0),
        ),
      gitStatus: () => {
        changeBase(project, 0);
        return timed(() => git(project.base, ['status', '--porcelain']));
      },
      diff: () =>
        repeated(
          async () => (await workspace.diff()).text,
          () => changeWorkspace(workspace, project, 0),
        ),
      gitDiff: () => timed(() => git(project.base, ['diff'])),
    });
    git(project.base, ['checkout', '-q', '--', '.']);
    const row = (name, ours, label, figure) => ({
      operation: `${name} of ${CHANGES} changes, ${project.files.toLocaleString('en')} files`,
      unit: 'ms',
      ours,
      reference: { label, figure },
      ratio: speedUp(ours, figure),
      goals: [atMost(ours, 1), ratioAtLeast(speedUp(ours, figure), 10)],
    });
    return [
      row('status', figures.status, 'git status', figures.gitStatus),
      row('diff', figures.diff, 'git diff', figures.gitDiff),
    ];
  },
};
