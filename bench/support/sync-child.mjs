/**
 * Pushes a workspace to an empty remote, or makes one from a remote, in a process of its own, and
 * prints its time and memory as JSON.
 */

import { AgentFS } from '../../dist/index.js';
import { timed } from './measure.mjs';
import { peakMegabytes } from './memory.mjs';

const [direction, base, tursoDb] = process.argv.slice(2);
const name = 'origin';
const afs = await AgentFS.open(base);
let milliseconds;
if (direction === 'push') {
  const workspace = await afs.workspace.get(name);
  await workspace.sync.enable({ tursoDb });
  milliseconds = await timed(() => workspace.sync.push());
  await workspace.sync.disable();
} else {
  milliseconds = await timed(() => afs.workspace.create(name, { fromSync: tursoDb }));
}
await afs.close();
console.log(JSON.stringify({ milliseconds, megabytes: peakMegabytes() }));
