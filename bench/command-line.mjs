/** What does a call of the program cost, started cold, beside Node that does nothing? */

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { inTurn, timed } from './support/measure.mjs';

const PROGRAM = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));

/** Of a call, how many times as long as Node alone it may take. */
const CALLS = [
  { name: '--help', args: ['--help'], most: 1.3 },
  { name: 'status', args: ['status', '-w', 'small', '--porcelain'], most: 1.8 },
  { name: 'run true', args: ['run', '-w', 'small', 'true'], most: 2 },
  { name: 'completion', args: ['__complete', '=', 'status', '-w'], most: 2.5 },
];

export const commandLine = {
  name: 'command-line',
  question: 'what does a call of the program cost, started cold?',
  async measure({ projects, options }) {
    const cwd = projects.directory();
    call([PROGRAM, 'workspace', 'create', 'small'], cwd);
    const found = await inTurn(options.runs * 3, {
      node: () => timed(() => call(['-e', '0'], cwd)),
      ...Object.fromEntries(
        CALLS.map(({ name, args }) => [name, () => timed(() => call([PROGRAM, ...args], cwd))]),
      ),
    });
    return CALLS.map(({ name, most }) => {
      const ratio = found[name].median / found.node.median;
      return {
        operation: `agentfs ${name}, cold`,
        unit: 'ms',
        ours: found[name],
        reference: { label: 'node -e 0', figure: found.node },
        ratio,
        goals: [{ text: `<= ${most}x`, isMet: ratio <= most }],
      };
    });
  },
};

function call(args, cwd) {
  const { status, stderr } = spawnSync(process.execPath, args, { cwd, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}: ${stderr}`);
}
