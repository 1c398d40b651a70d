/** What does it cost to change 4 KiB in the middle of a file of 10 MB? */

import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { atMost, speedUp } from './support/goal.mjs';
import { inTurn, once, timed } from './support/measure.mjs';

const SIZE = 10 * 2 ** 20;
const PATCH = 4096;

export const patches = {
  name: 'patch',
  question: 'what does it cost to change 4 KiB in the middle of a file of 10 MB?',
  async measure({ projects, options }) {
    const afs = await projects.open(projects.directory());
    const workspace = await afs.workspace.create('patches');
    const content = randomBytes(SIZE);
    await workspace.writeFile('large.bin', content);
    const file = join(projects.directory(), 'large.bin');
    writeFileSync(file, content);
    // Aligned to nothing, but inside one chunk.
    const positionOf = (run) => 5 * 2 ** 20 + 1_000 + 300_000 * (run + 1);
    const before = await contentObjects(afs);
    const { ours, reference } = await inTurn(options.runs, {
      ours: (run) => {
        const patch = randomBytes(PATCH);
        return timed(() => workspace.patchFile('large.bin', patch, positionOf(run)));
      },
      reference: (run) => timed(() => patchInPlace(file, randomBytes(PATCH), positionOf(run))),
    });
    const added = ((await contentObjects(afs)) - before) / (options.runs + 1);
    return [
      {
        operation: 'patchFile, 4 KiB inside 10 MB',
        unit: 'ms',
        ours,
        reference: { label: 'pwrite in place + fsync', figure: reference },
        ratio: speedUp(ours, reference),
        goals: [atMost(ours, 2)],
      },
      {
        operation: 'new chunks for such a patch, of 6 KiB on average',
        unit: 'chunks',
        ours: once(added),
        goals: [atMost(once(added), 4, ' chunks')],
      },
    ];
  },
};

async function contentObjects(afs) {
  const { objects } = await afs.storage.usage();
  return objects.find(({ kind }) => kind === 'content')?.count ?? 0;
}

function patchInPlace(path, patch, position) {
  const file = openSync(path, 'r+');
  writeSync(file, patch, 0, patch.length, position);
  fsyncSync(file);
  closeSync(file);
}
