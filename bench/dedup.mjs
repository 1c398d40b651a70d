/** How much room do fifty copies of one file take, and edits of a large one? */

import { randomBytes } from 'node:crypto';
import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AgentFS } from '../dist/index.js';
import { git } from './support/git.mjs';
import { atMost } from './support/goal.mjs';
import { once } from './support/measure.mjs';

const COPIES = 50;
const MEGABYTE = 1_000_000;
const MEBIBYTE = 2 ** 20;
const EDITS = 16;

export const dedup = {
  name: 'dedup',
  question: 'how much room do fifty copies of one file take, and edits of a large one?',
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
      ...(await roomOfEdits(projects)),
    ];
  },
};

/** What a file of 32 MiB costs more after small edits, in objects here and in git. */
async function roomOfEdits(projects) {
  const content = randomBytes(32 * MEBIBYTE);
  const edits = Array.from({ length: EDITS }, (_, i) => ({
    position: Math.floor(((i + 0.4) * content.length) / EDITS),
    bytes: randomBytes(1024),
  }));
  const edited = Buffer.from(content);
  for (const { position, bytes } of edits) bytes.copy(edited, position);
  const lives = [
    {
      name: `${EDITS} edits of 1 KiB in 32 MiB, written as a whole`,
      change: (workspace) => workspace.writeFile('large.bin', edited),
      ...{ after: edited, goal: 0.23 },
    },
    {
      name: `${EDITS} edits of 1 KiB in 32 MiB, one after the other by position`,
      change: async (workspace) => {
        for (const { bytes, position } of edits) {
          await workspace.patchFile('large.bin', bytes, position);
        }
      },
      ...{ after: edited, goal: 0.23 },
    },
    {
      name: '10 bytes in front of 32 MiB',
      change: (workspace) => workspace.writeFile('large.bin', concat(randomBytes(10), content)),
      ...{ after: concat(randomBytes(10), content), goal: 0.03 },
    },
  ];
  const rows = [];
  for (const { name, change, after, goal } of lives) {
    const ours = once((await growthOf(projects, content, change)) / MEBIBYTE);
    const reference = once(gitGrowth(projects, content, after) / MEBIBYTE);
    rows.push({
      ...{ operation: `stored for ${name}`, unit: 'MiB', ours },
      reference: { label: 'git, packed', figure: reference },
      ...{ ratio: reference.median / ours.median, goals: [atMost(ours, goal, ' MiB')] },
    });
  }
  return rows;
}

async function growthOf(projects, content, change) {
  const afs = await AgentFS.open(projects.directory());
  const workspace = await afs.workspace.create('edits');
  const stored = async () => {
    const { objects } = await afs.storage.usage();
    return objects.reduce((sum, kind) => sum + kind.stored, 0);
  };
  await workspace.writeFile('large.bin', content);
  const before = await stored();
  await change(workspace);
  const growth = (await stored()) - before;
  await afs.close();
  return growth;
}

/** With the pack made anew, in which git looks for what the two versions share. */
function gitGrowth(projects, before, after) {
  const repository = projects.directory();
  git(repository, ['init', '-q']);
  const sizes = [before, after].map((content) => {
    writeFileSync(join(repository, 'large.bin'), content);
    git(repository, ['add', '-A']);
    git(repository, ['commit', '-qm', 'change']);
    git(repository, ['gc', '-q']);
    return sizeOf(join(repository, '.git', 'objects'));
  });
  return sizes[1] - sizes[0];
}

function concat(...parts) {
  return Buffer.concat(parts);
}

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
