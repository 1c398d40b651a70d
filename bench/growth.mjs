/** Does the cost of the everyday steps follow the change, or the size of the project? */

import { changeWorkspace } from './support/change.mjs';
import { atMost } from './support/goal.mjs';
import { inTurn, once, repeated, timed } from './support/measure.mjs';

const SMALL = 1_000;
/** Tree nodes on the way to a change grow with the depth, never with the number of files. */
const MOST_GROWTH = 3;
const GOALS = { fork: 0.3, restore: 0.3, undo: 0.35 };

export const growth = {
  name: 'growth',
  question: 'does the cost of the everyday steps follow the change, or the size of the project?',
  async measure({ projects, options }) {
    const sizes = [SMALL, options.files, options.large].filter((size) => size >= SMALL);
    const bySize = [];
    for (const size of new Set(sizes)) {
      bySize.push({ size, figures: await everydaySteps(projects, size, options.runs) });
    }
    const [smallest] = bySize;
    return Object.keys(smallest.figures).flatMap((step) =>
      bySize.map(({ size, figures }) => rowOf(step, size, figures[step], smallest)),
    );
  },
};

function rowOf(step, size, ours, smallest) {
  const goals = step in GOALS ? [atMost(ours, GOALS[step])] : [];
  const row = { operation: `${step}, ${size.toLocaleString('en')} files`, unit: 'ms', ours, goals };
  if (size === smallest.size) return row;
  const figure = smallest.figures[step];
  const growthFactor = ours.median / figure.median;
  goals.push({ text: `<= ${MOST_GROWTH}x the small one`, isMet: growthFactor <= MOST_GROWTH });
  const label = `${smallest.size.toLocaleString('en')} files`;
  return { ...row, reference: { label, figure: once(figure.median) }, ratio: 1 / growthFactor };
}

async function everydaySteps(projects, size, runs) {
  const project = await projects.of(size);
  const workspace = await projects.fork(project);
  await workspace.snapshot.create('start');
  await changeWorkspace(workspace, project, 0);
  await workspace.snapshot.create('changed');
  const edited = await projects.fork(project);
  const figures = await inTurn(runs, {
    fork: () => repeated(() => projects.fork(project)),
    restore: () => repeated((i) => workspace.snapshot.restore(i % 2 === 0 ? 'start' : 'changed')),
    undo: (run) =>
      repeated(
        () => workspace.undo(),
        (i) => workspace.batch([{ type: 'write', path: project.path(i), content: `${run} ${i}` }]),
      ),
    'snapshot after 10 changes': async (run) => {
      await changeWorkspace(edited, project, run);
      return timed(() => edited.snapshot.create(`run-${run}`));
    },
    'status of 10 changes': () => changedAnew(projects, project, (fork) => fork.status()),
    'diff of 10 changes': () =>
      changedAnew(projects, project, async (fork) => (await fork.diff()).text),
  });
  return figures;
}

/** Milliseconds of a call in a workspace with ten fresh changes. */
async function changedAnew(projects, project, call) {
  let fork;
  return repeated(
    () => call(fork),
    async (i) => {
      fork = await projects.fork(project);
      await changeWorkspace(fork, project, i);
    },
  );
}
