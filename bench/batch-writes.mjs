/** How many 1 KiB files can be written a second in one transaction, with an audit row for each? */

import { randomBytes } from 'node:crypto';
import { atLeast, ratioAtLeast } from './support/goal.mjs';
import { inTurn, timed } from './support/measure.mjs';
import { openRaw, prepareInsert } from './support/raw-sqlite.mjs';

export const batchWrites = {
  name: 'batch',
  question: 'how many 1 KiB files can be written a second in one transaction?',
  async measure({ projects, options }) {
    const count = options.quick ? 1_000 : 10_000;
    const afs = await projects.open(projects.directory());
    const workspace = await afs.workspace.create('batches');
    const database = openRaw(projects.directory());
    const insert = prepareInsert(database);
    const insertAll = database.transaction((contents) => {
      for (const content of contents) insert.run(content);
    });
    const contentsOf = () => Array.from({ length: count }, () => randomBytes(1024));
    const perSecond = (milliseconds) => (count / milliseconds) * 1000;
    const { ours, raw } = await inTurn(options.runs, {
      ours: async (run) => {
        const operations = contentsOf().map((content, i) => {
          return { type: 'write', path: `run${run}/d${i % 20}/file-${i}`, content };
        });
        return perSecond(await timed(() => workspace.batch(operations)));
      },
      raw: async () => {
        const contents = contentsOf();
        return perSecond(await timed(() => insertAll(contents)));
      },
    });
    database.close();
    const ratio = ours.median / raw.median;
    return [
      {
        operation: 'batch, 1 KiB files with audit',
        unit: '/s',
        ours,
        reference: { label: 'raw better-sqlite3, one transaction', figure: raw },
        ratio,
        goals: [atLeast(ours, 30_000), ratioAtLeast(ratio, 0.3)],
      },
    ];
  },
};
