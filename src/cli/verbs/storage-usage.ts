/** `agentfs storage usage`: shows how large the store is, and what takes up the room. */

import type { StorageAnalysis, StoreUsage } from '../../index.ts';
import { COUNT } from '../options/quantities.ts';
import { labelled } from '../print/answer.ts';
import { count, humanSize } from '../print/human.ts';
import { oneLine } from '../visible.ts';
import { defineVerb, type Verb } from './define-verb.ts';

export const verb: Verb = defineVerb<{ readonly largest?: number }>({
  options: [['--largest <count>', 'also list the largest files and directories', COUNT]],
  examples: [
    ['agentfs storage usage', 'with what agentfs gc would free'],
    ['agentfs storage usage --largest 5', 'see what takes the space'],
    ['agentfs storage usage --json', 'in bytes'],
  ],
  async run({ call, flags: { largest } }) {
    const { storage } = await call.open();
    const usage = await storage.usage();
    if (largest === undefined) return { json: usage, lines: describe(usage) };
    const analysis = await storage.analyze({ limit: largest });
    const lines = [...describe(usage), ...describeLargest(analysis)];
    return { json: { ...usage, ...analysis }, lines };
  },
});

function describe(usage: StoreUsage): string[] {
  const { databaseBytes, walBytes, freeBytes, objects, reclaimable, beside } = usage;
  return labelled([
    ['Database', `${humanSize(databaseBytes)}, of which ${humanSize(freeBytes)} free`],
    ['Log', humanSize(walBytes)],
    ...objects.map(({ kind, count: number, size, stored }) => {
      const sizes = `${humanSize(size)}, stored in ${humanSize(stored)}`;
      return [kind, `${count(number, 'object')}, ${sizes}`] as const;
    }),
    ['Reclaimable', `${count(reclaimable.objects, 'object')}, ${humanSize(reclaimable.bytes)}`],
    ['Ignored', `${humanSize(beside.stocks)}, of workspaces ${humanSize(beside.layers)}`],
    ['Checkouts', humanSize(beside.checkouts)],
    ['Caches', listOf(beside.caches)],
    ['Workspaces', String(usage.workspaces)],
    ['Snapshots', String(usage.snapshots)],
  ]);
}

function listOf(caches: StoreUsage['beside']['caches']): string {
  const filled = caches.filter(({ bytes }) => bytes > 0);
  const each = filled.map(({ name, bytes }) => `${name} ${humanSize(bytes)}`);
  return each.length === 0 ? 'none' : each.join(', ');
}

function describeLargest(analysis: StorageAnalysis): string[] {
  const { logicalBytes, contentBytes, storedBytes, dedupRatio, compressionRatio } = analysis;
  return [
    ...labelled([
      ['All trees', humanSize(logicalBytes)],
      ['Contents', `${humanSize(contentBytes)} (shared ${dedupRatio.toFixed(1)} times)`],
      ['Stored in', `${humanSize(storedBytes)} (compressed ${compressionRatio.toFixed(1)} times)`],
    ]),
    ...['Largest files:', ...linesOf(analysis.largestFiles)],
    ...['Largest directories:', ...linesOf(analysis.largestDirectories)],
  ];
}

function linesOf(paths: StorageAnalysis['largestFiles']): string[] {
  return paths.map(({ owner, path, size }) => {
    return `  ${humanSize(size).padStart(9)}  ${oneLine(path)}  (${owner.kind} ${owner.name})`;
  });
}
