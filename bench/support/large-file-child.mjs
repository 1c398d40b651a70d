/** Writes and reads one large file in a process of its own, and prints its figures as JSON. */

import { pipeline } from 'node:stream/promises';
import { AgentFS } from '../../dist/index.js';
import { peakMegabytes } from './memory.mjs';
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
