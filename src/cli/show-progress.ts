/** A line on the terminal that says how far a long operation has come. */

import type { AgentFS } from '../index.ts';
import type { Globals } from './globals.ts';
import type { Output } from './output.ts';

const EVERY_MS = 100;
const BAR_WIDTH = 20;

/** Shows the progress of what `afs` does; the output decides whether anybody can see it. */
export function showProgress(afs: AgentFS, output: Output, { json }: Globals): void {
  if (json) return;
  let shown = performance.now();
  afs.on('progress', ({ operation, done, total, unit }) => {
    // What comes next may be the output of a command, which nothing else can make room for.
    if (done === total) return output.clearStatus();
    const now = performance.now();
    if (now - shown < EVERY_MS) return;
    shown = now;
    const counted = `${done.toLocaleString('en')} ${unit}`;
    output.showStatus(`${operation}: ${total ? bar(done / total) : ''}${counted}`);
  });
}

function bar(part: number): string {
  const full = Math.min(BAR_WIDTH, Math.round(part * BAR_WIDTH));
  const percent = `${Math.floor(Math.min(1, part) * 100)}%`.padStart(4);
  return `[${'#'.repeat(full)}${'.'.repeat(BAR_WIDTH - full)}]${percent} `;
}
