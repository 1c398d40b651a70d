/** How much room do fifty copies of one file take? */

import { randomBytes } from 'node:crypto';
import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AgentFS } from '../dist/index.js';
import { git } from './support/git.mjs';
import { atMost } from './support/goal.mjs';
import { once } from './support/measure.mjs';

const COPIES = 50;
const MEGABYTE = 1_000_000;

export const dedup = {
  name: 'dedup',
  question: 'how much room do fifty copies of one file take?',
  async measure({ projects }) {
    const content = randomBytes(MEGABYTE);
    const base = projects.directory();
    const repository = projects.directory();
    await withWorkspace(base, () => undefined);
    const empty = sizeOf(join(base, '.agentfs'));
    await withWorkspace(base, async (workspace) => {
      for (let i = 0; i < COPIES; i++) await workspace.writeFile(`copy-${i}.bin`, content);
    });
    const whole = sizeOf(join(base, '.agentfs'));
    const ours = once(whole / MEGABYTE);
    const growth = once((whole - empty) / MEGABYTE);
    for (let i = 0; i < COPIES; i++) writeFileSync(join(repository, `copy-${i}.bin`), content);
    git(repository, ['init', '-q']);
    git(repository, ['add', '-A']);
    const reference = once(sizeOf(join(repository, '.git', 'objects')) / MEGABYTE);
    return [
      {
        operation: `${COPIES} copies of 1 MB, the whole store`,
        unit: 'MB',
        ours,
        reference: { label: 'git objects', figure: reference },
        ratio: reference.median / ours.median,
        goals: [atMost(ours, 1.1, ' MB')],
      },
      {
        operation: `${COPIES} copies of 1 MB, growth of an empty store`,
        unit: 'MB',
        ours: growth,
        reference: { label: 'git objects', figure: reference },
        ratio: reference.median / growth.median,
      },
    ];
  },
};

/** Closing brings everything from the log into the one file. */
async function withWorkspace(base, action) {
  const afs = await AgentFS.open(base);
  try {
    await action(await afs.workspace.temp('copies'));
  } finally {
    await afs.close();
  }
}

function sizeOf(directory) {
  const names = readdirSync(directory, { recursive: true });
  const stats = names.map((name) => statSync(join(directory, name)));
  return stats.reduce((sum, found) => sum + (found.isFile() ? found.size : 0), 0);
}
