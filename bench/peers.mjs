/** The same jobs by other tools, for `--peers`: who is how fast at what. */

import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { barChart } from './support/charts.mjs';
import { installPeers } from './support/peer-tools.mjs';

const execute = promisify(execFile);

/** Units of which more is better. */
const RATES = ['/s', 'MB/s'];

export const peers = {
  name: 'peers',
  question: 'how do other tools do the same jobs?',
  async measure({ projects, options }) {
    installPeers();
    const { base, files } = await projects.of(options.files);
    const given = { base, files, directory: projects.directory(), runs: options.runs };
    const child = join(import.meta.dirname, 'support', 'peers-child.mjs');
    const { stdout } = await execute(process.execPath, [child, JSON.stringify(given)]);
    const { jobs, missing } = JSON.parse(stdout);
    for (const why of missing) console.error(`not measured, ${why}`);
    if (options.write) draw(jobs, files);
    return [
      ...jobs.flatMap(rowsOf),
      ...missing.map((why) => ({ operation: `not measured: ${why}`, note: true })),
    ];
  },
};

/** A row for each tool beside agentfs. */
function rowsOf({ name, unit, figures: { agentfs, ...others } }) {
  return Object.entries(others).map(([label, figure]) => ({
    operation: name,
    unit,
    ours: agentfs,
    reference: { label, figure },
    ratio: RATES.includes(unit) ? agentfs.median / figure.median : figure.median / agentfs.median,
  }));
}

function draw(jobs, files) {
  const charts = jobs.map(({ name, unit, figures }) => ({
    title: `${name}, ${unit}${RATES.includes(unit) ? ' (more is better)' : ''}`,
    bars: Object.entries(figures).map(([label, { median }]) => ({ label, value: median })),
  }));
  const title = `agentfs beside other tools, on a project of ${files.toLocaleString('en')} files`;
  for (const scheme of ['light', 'dark']) {
    const path = join(import.meta.dirname, `peers-${scheme}.svg`);
    writeFileSync(path, barChart({ title, charts, scheme }));
  }
}
