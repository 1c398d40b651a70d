/** How long does the first import of a project take? */

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { AgentFS } from '../dist/index.js';
import { git } from './support/git.mjs';
import { ratioAtLeast, speedUp } from './support/goal.mjs';
import { inTurn, timed } from './support/measure.mjs';

// An import waits for no disk either: it can be made again.
const NO_FSYNC = ['-c', 'core.fsync=none'];

export const imports = {
  name: 'import',
  question: 'how long does the first import of a project take?',
  async measure({ projects, options }) {
    const { base, files } = await projects.of(options.files);
    const stores = projects.directory();
    const { ours, reference } = await inTurn(Math.min(options.runs, 3), {
      ours: async (run) => {
        const databasePath = join(stores, `import${run}.db`);
        const afs = await AgentFS.open(base, { storage: { databasePath } });
        const milliseconds = await timed(() => afs.workspace.create('first'));
        await afs.close();
        return milliseconds;
      },
      reference: async (run) => {
        const gitDir = join(stores, `git${run}`);
        git(base, ['init', '-q'], { gitDir });
        const milliseconds = await timed(() => {
          git(base, [...NO_FSYNC, 'add', '-A'], { gitDir });
          git(base, [...NO_FSYNC, 'commit', '-q', '-m', 'import'], { gitDir });
        });
        rmSync(gitDir, { recursive: true });
        return milliseconds;
      },
    });
    const ratio = speedUp(ours, reference);
    return [
      {
        operation: `create with the import of ${files.toLocaleString('en')} files`,
        unit: 'ms',
        ours,
        reference: { label: 'git add -A + commit, no fsync', figure: reference },
        ratio,
        goals: [ratioAtLeast(ratio, 1)],
      },
    ];
  },
};
