/**
 * Measures agentfs beside its references, in the same run, and prints how that compares with the
 * goals. One question a file; `npm run bench -- --help` says what can be set.
 */

import { join } from 'node:path';
import { batchWrites } from './batch-writes.mjs';
import { clove } from './clove.mjs';
import { commandLine } from './command-line.mjs';
import { commits } from './commits.mjs';
import { createAgain } from './create-again.mjs';
import { curves } from './curves.mjs';
import { dedup } from './dedup.mjs';
import { growth } from './growth.mjs';
import { imports } from './imports.mjs';
import { largeFile } from './large-file.mjs';
import { maintenance } from './maintenance.mjs';
import { mcpServers } from './mcp-servers.mjs';
import { merges } from './merges.mjs';
import { patches } from './patches.mjs';
import { peers } from './peers.mjs';
import { reads } from './reads.mjs';
import { requests } from './requests.mjs';
import { runs } from './runs.mjs';
import { serve } from './serve.mjs';
import { sharedWrites } from './shared-writes.mjs';
import { singleWrites } from './single-writes.mjs';
import { snapshots } from './snapshots.mjs';
import { soak } from './soak.mjs';
import { statusAndDiff } from './status-and-diff.mjs';
import { describeMachine } from './support/machine.mjs';
import { readOptions, USAGE } from './support/options.mjs';
import { Projects } from './support/project.mjs';
import { markdownTable, plainTable, writeResults } from './support/report.mjs';
import { syncs } from './syncs.mjs';

// Those that change the base come last.
const QUESTIONS = [
  commandLine,
  singleWrites,
  batchWrites,
  sharedWrites,
  reads,
  requests,
  serve,
  clove,
  mcpServers,
  largeFile,
  patches,
  dedup,
  maintenance,
  imports,
  createAgain,
  snapshots,
  statusAndDiff,
  growth,
  merges,
  syncs,
  runs,
  commits,
];

/** Asked for by an option of their own. */
const APART = { growth: curves, soak, peers };

const options = readOptions(process.argv.slice(2));
if (options.help) console.log(USAGE);
else if (options.list)
  for (const { name, question } of [...QUESTIONS, ...Object.values(APART)])
    console.log(`${name}: ${question}`);
else await measure();

async function measure() {
  const projects = new Projects();
  const rows = [];
  try {
    for (const question of questionsOf(options)) {
      console.error(`${question.name}: ${question.question}`);
      rows.push(...(await answer(question, projects)));
    }
  } finally {
    await projects.close();
  }
  const machine = describeMachine(options);
  console.log(options.markdown ? markdownTable(rows) : plainTable(rows));
  for (const [name, value] of Object.entries(machine)) console.log(`${name}: ${value}`);
  if (options.write) {
    writeResults(join(import.meta.dirname, 'RESULTS.md'), machine, rows, options.apart);
  }
}

function questionsOf({ only, apart }) {
  if (apart !== undefined) return [APART[apart]];
  return QUESTIONS.filter(({ name }) => only === undefined || only.includes(name));
}

/** One question that cannot be answered leaves the others their answers. */
async function answer(question, projects) {
  try {
    return await question.measure({ projects, options });
  } catch (error) {
    console.error(error);
    process.exitCode = 1;
    return [{ operation: question.name, failed: error.code ?? error.name }];
  }
}
