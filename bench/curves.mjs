/** How do time and memory of each step grow with the project? For `--growth`; draws the curves. */

import { execFile } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { curves as drawCurves } from './support/charts.mjs';
import { once } from './support/measure.mjs';

const execute = promisify(execFile);

const SMALLEST = 1_000;

export const curves = {
  name: 'curves',
  question: 'how do time and memory of each step grow with the project?',
  async measure({ projects, options }) {
    const found = [];
    for (let files = SMALLEST; files <= options.large; files *= 10) {
      console.error(`  ${files.toLocaleString('en')} files`);
      const base = projects.directory();
      const child = join(import.meta.dirname, 'support', 'growth-child.mjs');
      const given = { base, files, runs: options.runs };
      const { stdout } = await execute(process.execPath, [child, JSON.stringify(given)]);
      found.push({ files, ...JSON.parse(stdout) });
      rmSync(base, { recursive: true });
    }
    if (options.write) draw(found);
    return Object.keys(found[0].figures).flatMap((step) =>
      found.map(({ files, figures, peaks }) => ({
        operation: `${step}, ${files.toLocaleString('en')} files, ${Math.round(peaks[step])} MiB at most so far`,
        unit: 'ms',
        ours: once(figures[step]),
      })),
    );
  },
};

function draw(found) {
  const steps = Object.keys(found[0].figures);
  const charts = [
    ...steps.map((step) => ({
      title: `${step}, ms`,
      points: found.map(({ files, figures }) => [files, figures[step]]),
    })),
    {
      title: 'memory at most, MiB',
      points: found.map(({ files, peaks }) => [files, Math.max(...Object.values(peaks))]),
    },
  ];
  for (const scheme of ['light', 'dark']) {
    const path = join(import.meta.dirname, `growth-${scheme}.svg`);
    writeFileSync(
      path,
      drawCurves({ title: 'By the number of files in the project', charts, scheme }),
    );
  }
}
