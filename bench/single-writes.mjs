/** How many 1 KiB files can be written a second, each in its own transaction with its audit row? */

import { randomBytes } from 'node:crypto';
import { atLeast, ratioAtLeast } from './support/goal.mjs';
import { inTurn, timed } from './support/measure.mjs';
import { openRaw, prepareInsert } from './support/raw-sqlite.mjs';

const BYTES = 1024;

export const singleWrites = {
  name: 'write',
  question: 'how many 1 KiB files can be written a second, each in a transaction of its own?',
  async measure({ projects, options }) {
    const count = options.quick ? 1_000 : 5_000;
    const afs = await projects.open(projects.directory());
    const workspace = await afs.workspace.create('writes');
    const database = openRaw(projects.directory());
    const insert = prepareInsert(database);
    const rate = async (write) => {
      const contents = Array.from({ length: count }, () => randomBytes(BYTES));
      const milliseconds = await timed(() => write(contents));
      return (count / milliseconds) * 1000;
    };
    const { ours, raw } = await inTurn(options.runs, {
      ours: (run) =>
        rate(async (contents) => {
          for (const [i, content] of contents.entries()) {
            await workspace.writeFile(`run${run}/d${i % 20}/file-${i}`, content);
          }
        }),
      raw: () =>
        rate((contents) => {
          for (const content of contents) insert.run(content);
        }),
    });
    database.close();
    const ratio = ours.median / raw.median;
    return [
      {
        operation: 'writeFile, 1 KiB, one transaction with audit',
        unit: '/s',
        ours,
        reference: { label: 'raw better-sqlite3 insert', figure: raw },
        ratio,
        goals: [atLeast(ours, 7_000), ratioAtLeast(ratio, 0.3)],
      },
    ];
  },
};
