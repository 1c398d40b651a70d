/** How soon does `agentfs mcp` tell its tools, beside the smallest server of the same package? */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { inTurn, timed } from './support/measure.mjs';

const PROGRAM = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
const SMALLEST = fileURLToPath(new URL('./support/smallest-mcp-server.mjs', import.meta.url));

const MOST = 1.5;
const WARM_CALLS = 200;

/** Requests in the order of a client's first ones. */
const INITIALIZE = {
  method: 'initialize',
  params: {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: { name: 'bench', version: '1' },
  },
};

export const mcpServers = {
  name: 'mcp-servers',
  question: 'how soon does the server for models tell its tools?',
  async measure({ projects, options }) {
    const cwd = projects.directory();
    const ours = [PROGRAM, 'mcp', '--allow-run'];
    const cold = (args) => timed(() => withServer(args, cwd, listTools));
    const warm = (args) =>
      withServer(args, cwd, async (ask) => {
        await listTools(ask);
        const ms = await timed(async () => {
          for (let i = 0; i < WARM_CALLS; i++) await ask({ method: 'tools/list' });
        });
        return ms / WARM_CALLS;
      });
    const found = await inTurn(options.runs * 2, {
      cold: () => cold(ours),
      coldSmallest: () => cold([SMALLEST]),
      warm: () => warm(ours),
      warmSmallest: () => warm([SMALLEST]),
    });
    return [
      row('agentfs mcp: from its start to tools/list', found.cold, found.coldSmallest, MOST),
      // It has 29 tools to tell of, and the smallest one.
      row('agentfs mcp: tools/list once more', found.warm, found.warmSmallest),
    ];
  },
};

async function listTools(ask) {
  await ask(INITIALIZE);
  await ask({ method: 'tools/list' });
}

/** Starts a server, hands out what asks it, and ends it. */
async function withServer(args, cwd, action) {
  const child = spawn(process.execPath, args, { cwd, stdio: ['pipe', 'pipe', 'inherit'] });
  const waiting = new Map();
  createInterface({ input: child.stdout }).on('line', (line) => {
    const { id, result, error } = JSON.parse(line);
    if (error !== undefined) throw new Error(error.message);
    waiting.get(id)?.(result);
  });
  let last = 0;
  const ask = (request) => {
    last += 1;
    const id = last;
    child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id, ...request })}\n`);
    return new Promise((resolve) => waiting.set(id, resolve));
  };
  try {
    return await action(ask);
  } finally {
    const closed = once(child, 'close');
    child.stdin.end();
    child.kill();
    await closed;
  }
}

function row(operation, ours, smallest, most) {
  const ratio = ours.median / smallest.median;
  return {
    operation,
    unit: 'ms',
    ours,
    reference: { label: "the SDK's smallest server", figure: smallest },
    ratio,
    goals: most === undefined ? [] : [{ text: `<= ${most}x`, isMet: ratio <= most }],
  };
}
