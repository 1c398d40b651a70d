/** The command line of the benchmarks. */

import { parseArgs } from 'node:util';

export const USAGE = `Usage: npm run bench -- [options]
  --files N      files of the ordinary project; default 10000
  --large N      files of the large project; default 100000, 0 leaves it out
  --runs N       runs of each measurement, of which the median counts; default 5
  --only a,b     only these questions
  --serve        only those about the daemon
  --growth       curves from 1,000 files to --large of them, drawn by --write
  --soak         100,000 operations in one process, and calls to a daemon: memory, open files, log
  --peers        the same jobs by other tools; installs those that npm has
  --quick        small sizes, three runs: for trying the benchmarks out
  --markdown     prints the table as Markdown
  --write        puts table and machine into bench/RESULTS.md
  --list         lists the questions`;

/** What is measured of `agentfs serve`. */
const OF_THE_DAEMON = ['serve', 'clove'];

/** Options that ask one question and nothing else. */
const APART = ['growth', 'soak', 'peers'];

/** Reads the command line; throws a TypeError that says what is wrong with it. */
export function readOptions(args) {
  const { values } = parseArgs({
    args,
    options: {
      files: { type: 'string' },
      large: { type: 'string' },
      runs: { type: 'string' },
      only: { type: 'string' },
      serve: { type: 'boolean', default: false },
      growth: { type: 'boolean', default: false },
      soak: { type: 'boolean', default: false },
      peers: { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
      markdown: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const quick = values.quick;
  return {
    ...values,
    apart: APART.find((name) => values[name]),
    only: values.only?.split(',') ?? (values.serve ? OF_THE_DAEMON : undefined),
    files: count('files', values.files, quick ? 1_000 : 10_000, 1_000),
    large: count('large', values.large, quick ? 4_000 : 100_000, 0),
    runs: count('runs', values.runs, quick ? 3 : 5, 1),
  };
}

function count(name, text, otherwise, least) {
  if (text === undefined) return otherwise;
  const value = Number(text);
  if (!Number.isInteger(value) || value < least) {
    throw new TypeError(`--${name} takes an integer from ${least}, not '${text}'`);
  }
  return value;
}
