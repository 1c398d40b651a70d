/**
 * Writes files of 1 KiB to a workspace for a while, each in a transaction of its own, in a process
 * that shares the store with others, and prints how many they were and the longest that one took.
 *
 * Usage: node write-child.mjs <base> <workspace> <milliseconds>, and a line on its input to begin.
 */

import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { AgentFS } from '../../dist/index.js';
import { timed } from './measure.mjs';

const BYTES = 1024;
const WARM_UP = 200;

const [base, name, milliseconds] = process.argv.slice(2);
const afs = await AgentFS.open(base);
const workspace = await afs.workspace.get(name);
const content = () => randomBytes(BYTES);
for (let i = 0; i < WARM_UP; i++) await workspace.writeFile(`warm/${process.pid}-${i}`, content());
console.log('ready');
await once(process.stdin, 'data');
const end = performance.now() + Number(milliseconds);
let writes = 0;
let longest = 0;
while (performance.now() < end) {
  const path = `${process.pid}/d${writes % 20}/file-${writes}`;
  longest = Math.max(longest, await timed(() => workspace.writeFile(path, content())));
  writes += 1;
}
console.log(JSON.stringify({ writes, longest }));
await afs.close();
process.exit();
