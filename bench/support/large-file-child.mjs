/** Writes and reads one large file in a process of its own, and prints its figures as JSON. */

import { readFileSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { AgentFS } from '../../dist/index.js';
import { drain, pieces, throughput } from './stream.mjs';

const [directory, size] = process.argv.slice(2);
const megabytes = Number(size);
const afs = await AgentFS.open(directory);
const workspace = await afs.workspace.create('large');
const write = await throughput(megabytes, () =>
  pipeline(pieces(megabytes), workspace.createWriteStream('large.bin')),
);
const read = await throughput(megabytes, () => drain(workspace.createReadStream('large.bin')));
await afs.close();
console.log(JSON.stringify({ write, read, memory: peakMegabytes() }));

/** What rusage says began with the process that forked this one, which may be larger. */
function peakMegabytes() {
  if (process.platform !== 'linux') return process.resourceUsage().maxRSS / 1024;
  const [, kibibytes] = /VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
  return Number(kibibytes) / 1024;
}
