/** `agentfs storage analyze`: what takes up the room. */

import type { StorageAnalysis } from '../../index.ts';
import { parseCount } from '../humane.ts';
import { humanSize } from '../size.ts';
import { addExamples, type Verb } from '../verb.ts';
import { oneLine } from '../visible.ts';

/** Names the largest files and directories. */
export const verb: Verb = {
  define(command) {
    command.option('-n, --limit <count>', 'how many are named; default 20');
    addExamples(command, ['agentfs storage analyze -n 5', 'the five largest of each']);
  },
  async run(call, command) {
    const { limit } = command.opts<{ limit?: string }>();
    const options = limit === undefined ? {} : { limit: parseCount(limit, '--limit') };
    const analysis = await (await call.open()).storage.analyze(options);
    if (call.globals.json) return call.output.json(analysis);
    const { logicalBytes, contentBytes, storedBytes, dedupRatio, compressionRatio } = analysis;
    await call.output.print(
      ...['Largest files:', ...linesOf(analysis.largestFiles)],
      ...['Largest directories:', ...linesOf(analysis.largestDirectories)],
      `All trees:  ${humanSize(logicalBytes)}`,
      `Contents:   ${humanSize(contentBytes)} (shared ${dedupRatio.toFixed(1)} times)`,
      `Stored in:  ${humanSize(storedBytes)} (compressed ${compressionRatio.toFixed(1)} times)`,
    );
  },
};

function linesOf(paths: StorageAnalysis['largestFiles']): string[] {
  return paths.map(({ owner, path, size }) => {
    return `  ${humanSize(size).padStart(9)}  ${oneLine(path)}  (${owner.kind} ${owner.name})`;
  });
}
