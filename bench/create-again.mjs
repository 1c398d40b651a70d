/** What does another workspace cost, once the base was imported? */

import { ratioAtLeast, speedUp } from './support/goal.mjs';
import { inTurn, timed } from './support/measure.mjs';
import { lstatAll } from './support/scan.mjs';
import { warmWatch } from './support/watch.mjs';

export const createAgain = {
  name: 'create-again',
  question: 'what does another workspace cost, once the base was imported?',
  async measure({ projects, options }) {
    const { base, afs, files } = await projects.of(options.files);
    const { ours, scan } = await inTurn(options.runs, {
      ours: (run) => timed(() => afs.workspace.create(`again-${run}`)),
      scan: () => timed(() => lstatAll(base)),
    });
    const rows = [
      {
        operation: `create again, ${files.toLocaleString('en')} files`,
        unit: 'ms',
        ours,
        reference: { label: 'lstat of every entry', figure: scan },
        ratio: speedUp(ours, scan),
        goals: [{ ...ratioAtLeast(speedUp(ours, scan), 0.5), text: 'one scan (>= 0.5x)' }],
      },
    ];
    const watching = await projects.open(base, { watchBase: true });
    await warmWatch(watching, files);
    const watched = await inTurn(options.runs, {
      ours: (run) => timed(() => watching.workspace.create(`watched-${run}`)),
      scan: () => timed(() => lstatAll(base)),
    });
    const ratio = speedUp(watched.ours, watched.scan);
    rows.push({
      operation: `create again, base watched, ${files.toLocaleString('en')} files`,
      unit: 'ms',
      ours: watched.ours,
      reference: { label: 'lstat of every entry', figure: watched.scan },
      ratio,
      goals: [{ ...ratioAtLeast(ratio, 5), text: 'no scan (>= 5x)' }],
    });
    return rows;
  },
};
