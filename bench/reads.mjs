/** How fast are files read, and asked about, that were read before? */

import { promises } from 'node:fs';
import { join } from 'node:path';
import { atLeast, ratioAtLeast } from './support/goal.mjs';
import { inTurn, timed } from './support/measure.mjs';

const FILES = 1_000;

export const reads = {
  name: 'read',
  question: 'how fast are files read, and asked about, that were read before?',
  async measure({ projects, options }) {
    const project = await projects.of(options.files);
    const workspace = await projects.fork(project);
    const paths = Array.from({ length: FILES }, (_, i) => project.path(i));
    const onDisk = paths.map((path) => join(project.base, path));
    const rounds = options.quick ? 3 : 10;
    const rate = async (names, call) => {
      const milliseconds = await timed(async () => {
        for (let round = 0; round < rounds; round++) for (const name of names) await call(name);
      });
      return ((rounds * names.length) / milliseconds) * 1000;
    };
    const figures = await inTurn(options.runs, {
      read: () => rate(paths, (path) => workspace.readFile(path)),
      fsRead: () => rate(onDisk, (path) => promises.readFile(path)),
      stat: () => rate(paths, (path) => workspace.stat(path)),
      fsStat: () => rate(onDisk, (path) => promises.stat(path)),
    });
    const { read, fsRead, stat, fsStat } = figures;
    return [
      {
        operation: 'readFile, 2-14 KiB, warm',
        unit: '/s',
        ours: read,
        reference: { label: 'fs.promises.readFile', figure: fsRead },
        ratio: read.median / fsRead.median,
        goals: [atLeast(read, 20_000), ratioAtLeast(read.median / fsRead.median, 1)],
      },
      {
        operation: 'stat, warm',
        unit: '/s',
        ours: stat,
        reference: { label: 'fs.promises.stat', figure: fsStat },
        ratio: stat.median / fsStat.median,
        goals: [atLeast(stat, 60_000)],
      },
    ];
  },
};
