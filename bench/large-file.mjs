/** How fast does one large file stream in and out, and how much memory does that take? */

import { execFile } from 'node:child_process';
import { createReadStream, createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { atLeast, atMost, ratioAtLeast } from './support/goal.mjs';
import { inTurn, summarise } from './support/measure.mjs';
import { drain, PIECE_BYTES, pieces, throughput } from './support/stream.mjs';

const execute = promisify(execFile);

export const largeFile = {
  name: 'large-file',
  question: 'how fast does one large file stream in and out, and how much memory does that take?',
  async measure({ projects, options }) {
    const megabytes = options.quick ? 20 : 100;
    const child = join(import.meta.dirname, 'support', 'large-file-child.mjs');
    const figures = { write: [], read: [], memory: [], fsWrite: [], fsRead: [] };
    const record = (run, found) => {
      if (run < 0) return;
      for (const [name, figure] of Object.entries(found)) figures[name].push(figure);
    };
    const file = join(projects.directory(), 'large');
    await inTurn(options.runs, {
      ours: async (run) => {
        const directory = projects.directory();
        const { stdout } = await execute(process.execPath, [child, directory, `${megabytes}`]);
        record(run, JSON.parse(stdout));
      },
      plain: async (run) => {
        const fsWrite = await throughput(megabytes, () =>
          pipeline(pieces(megabytes), createWriteStream(file)),
        );
        const fsRead = await throughput(megabytes, () =>
          drain(createReadStream(file, { highWaterMark: PIECE_BYTES })),
        );
        record(run, { fsWrite, fsRead });
      },
    });
    const [write, read, memory, fsWrite, fsRead] = Object.values(figures).map(summarise);
    const row = (operation, ours, label, figure, goals) => ({
      operation: `${operation}, one file of ${megabytes} MB`,
      unit: 'MB/s',
      ours,
      reference: { label, figure },
      ratio: ours.median / figure.median,
      goals,
    });
    return [
      row('write stream', write, 'fs.createWriteStream, no fsync', fsWrite, [
        atLeast(write, 200, ' MB/s'),
      ]),
      row('read stream', read, 'fs.createReadStream, cached', fsRead, [
        ratioAtLeast(read.median / fsRead.median, 0.9),
      ]),
      {
        operation: `resident memory of a process that does both`,
        unit: 'MB',
        ours: memory,
        goals: [atMost(memory, 150, ' MB')],
      },
    ];
  },
};
