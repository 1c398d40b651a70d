/** How fast is garbage collected, and a store proved? */

import { hash, randomBytes } from 'node:crypto';
import { atLeast, atMost, speedUp } from './support/goal.mjs';
import { inTurn, once, timed } from './support/measure.mjs';
import { openRaw, prepareInsert } from './support/raw-sqlite.mjs';

const BYTES = 400;

export const maintenance = {
  name: 'maintenance',
  question: 'how fast is garbage collected, and a store proved?',
  async measure({ projects, options }) {
    const count = options.quick ? 7_000 : 70_000;
    const afs = await projects.open(projects.directory());
    const kept = await afs.workspace.create('kept');
    await fill(kept, count);
    const database = openRaw(projects.directory());
    fillRaw(database, count);
    const verified = await inTurn(options.runs, {
      ours: () => timed(() => afs.verify()),
      reference: () => timed(() => hashAll(database)),
    });
    const rate = ({ median, least, most }) => ({
      median: (count / median) * 1000,
      least: (count / most) * 1000,
      most: (count / least) * 1000,
    });
    await afs.workspace.delete('kept');
    const collected = once(await timed(() => afs.gc()));
    const deleted = once(
      await timed(() => database.exec("DELETE FROM contents WHERE data <> x'00'")),
    );
    database.close();
    const scaled = once((collected.median * 70_000) / count);
    return [
      {
        operation: `verify, ${count.toLocaleString('en')} small blobs`,
        unit: '/s',
        ours: rate(verified.ours),
        reference: { label: 'select + SHA-256 of the same', figure: rate(verified.reference) },
        ratio: speedUp(verified.ours, verified.reference),
        goals: [atLeast(rate(verified.ours), 100_000)],
      },
      {
        operation: `gc of ${count.toLocaleString('en')} blobs`,
        unit: 'ms',
        ours: collected,
        reference: { label: 'raw DELETE of the same', figure: deleted },
        ratio: speedUp(collected, deleted),
        goals: [{ ...atMost(scaled, 600), text: '70,000 in <= 600 ms' }],
      },
    ];
  },
};

async function fill(workspace, count) {
  const operations = Array.from({ length: count }, (_, i) => {
    return { type: 'write', path: `d${i % 500}/f${i}`, content: randomBytes(BYTES) };
  });
  await workspace.batch(operations);
}

function fillRaw(database, count) {
  const insert = prepareInsert(database);
  database.transaction(() => {
    for (let i = 0; i < count; i++) insert.run(randomBytes(BYTES));
  })();
}

function hashAll(database) {
  let bytes = 0;
  for (const { data } of database.prepare('SELECT data FROM contents').iterate()) {
    bytes += hash('sha256', data, 'hex').length;
  }
  return bytes;
}
