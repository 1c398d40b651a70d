/** The examples for clawdforge, Ambient and Clove run as they stand, on the daemon, and have the types that are published. */

import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { ambientSurface } from '../../src/server/ambient/surface.ts';
import { forgeSurface } from '../../src/server/clawdforge/surface.ts';
import { relaySurface } from '../../src/server/relay/surface.ts';
import { testKernel } from '../support/clove-kernel.ts';
import { compiledModule } from '../support/compiled.ts';
import { testCore } from '../support/server-core.ts';
import { whenDone } from '../support/when-done.ts';

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));
/** Each with the module that it is about. */
const EXAMPLES = {
  ...{ clawdforge: 'clawdforge', ambient: 'ambient', clove: 'clove', 'clove-fleet': 'clove' },
} as const;
type Example = keyof typeof EXAMPLES;

const AGENT = `
prompt=$1; shift
case $prompt in
  *JSON*) echo '{"hello": "world"}' ;;
  Summarize*) cat "$@" /dev/null; echo 'Nothing to add.' ;;
  Write*) echo 'rice' > summary.md; echo 'Done.' ;;
  *) echo 'I cannot.' >&2; exit 1 ;;
esac
`;

/** Plays a model that calls a tool, and then is done. */
const LOOP = `
case "$1" in
  *Results:*) echo '<tool_call>{"name":"done","arguments":{"result":"It is noon."}}</tool_call>' ;;
  *) echo '<tool_call>{"name":"clock","arguments":{}}</tool_call>' ;;
esac
`;

let directory = '';

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'agentfs-examples-'));
});

afterAll(async () => {
  await rm(directory, { recursive: true, force: true });
});

/** A core with an agent, and a token. */
async function daemonWith(role: 'app' | 'api') {
  const agent = { command: ['sh', 'agent.sh', '{prompt}', '{files}'] };
  const { core } = await testCore({ 'agent.sh': AGENT }, { agent });
  const { token } = core.tokens.create({ name: 'example', role });
  whenDone(() => vi.unstubAllEnvs());
  return { core, token };
}

/** Runs an example, and gives the lines that it prints. */
async function printedBy(name: Example): Promise<string[]> {
  const code = await readFile(join(PROJECT, 'examples', `${name}.ts`), 'utf8');
  const about = EXAMPLES[name];
  const module = await compiledModule(`neighbours/${about}/index.ts`);
  const file = join(directory, `${name}.ts`);
  await writeFile(file, code.replace(`'agentfs/${about}'`, JSON.stringify(module)));
  const printed: string[] = [];
  const log = vi.spyOn(console, 'log').mockImplementation((...words: unknown[]) => {
    printed.push(
      words.map((word) => (typeof word === 'string' ? word : JSON.stringify(word))).join(' '),
    );
  });
  try {
    await import(/* @vite-ignore */ file);
  } finally {
    log.mockRestore();
  }
  return printed;
}

it('clawdforge', async () => {
  const { core, token } = await daemonWith('app');
  const surface = await forgeSurface.start(core, { port: 0 });
  whenDone(() => surface.close());
  vi.stubEnv('FORGE_URL', surface.addresses[0] ?? '');
  vi.stubEnv('FORGE_TOKEN', token);
  expect(await printedBy('clawdforge')).toEqual([
    '{"hello":"world"} end_turn',
    '1 Rice, two cups.\nNothing to add.',
    '2 Done.',
    '2 turns in forge-<session>',
    '502 clawdforge answered 502: I cannot.',
  ]);
});

it('ambient', async () => {
  const { core, token } = await daemonWith('api');
  const surface = await ambientSurface.start(core, { port: 0 });
  whenDone(() => surface.close());
  vi.stubEnv('AMBIENT_API_URL', surface.addresses[0] ?? '');
  vi.stubEnv('AMBIENT_TOKEN', token);
  vi.stubEnv('AMBIENT_PROJECT', 'example');
  expect(await printedBy('ambient')).toEqual([
    'Nothing to add.',
    '1 true',
    'It is gone, and so is its workspace.',
  ]);
});

it('clove', async () => {
  const agent = { command: ['sh', 'agent.sh', '{prompt}'] };
  const { path } = await testKernel({ 'agent.sh': LOOP }, { core: { agent } });
  vi.stubEnv('CLOVE_SOCKET', path);
  whenDone(() => vi.unstubAllEnvs());
  expect(await printedBy('clove')).toEqual([
    '0 1 2 3',
    '[{"fromName":"boss","message":{"task":"sort"}}]',
    '[1,2,3]',
    '["STATE_CHANGED"]',
    'Permission denied: command not allowed',
    'true It is noon. 2',
  ]);
});

it('clove-fleet', async () => {
  const { core, started } = await testKernel();
  const { kernel } = started;
  const relay = await relaySurface.start(core, { kernel, apiPort: 0, socketPort: 0 });
  whenDone(() => relay.close());
  vi.stubEnv('RELAY_API_URL', relay.addresses[0] ?? '');
  vi.stubEnv('RELAY_URL', relay.addresses[1] ?? '');
  vi.stubEnv('AGENTOS_API_TOKEN', core.tokens.create({ name: 'f', role: 'api' }).token);
  whenDone(() => vi.unstubAllEnvs());
  expect(await printedBy('clove-fleet')).toEqual([
    'local connected true',
    'written from afar',
    '["far running"]',
  ]);
});

it('have the types that are published', async () => {
  const sources = await mkdtemp(join(directory, 'types-'));
  const paths: Record<string, string[]> = {};
  for (const [name, about] of Object.entries(EXAMPLES)) {
    const module = fileURLToPath(await compiledModule(`neighbours/${about}/index.ts`));
    paths[`agentfs/${about}`] = [module.replace(/\.js$/, '.d.ts')];
    const code = await readFile(join(PROJECT, 'examples', `${name}.ts`), 'utf8');
    await writeFile(join(sources, `${name}.ts`), code);
  }
  const compilerOptions = {
    ...{ target: 'es2022', module: 'nodenext', strict: true, noEmit: true, paths },
    ...{ types: ['node'], typeRoots: [join(PROJECT, 'node_modules', '@types')] },
  };
  await writeFile(join(sources, 'package.json'), '{"type":"module"}');
  await writeFile(
    join(sources, 'tsconfig.json'),
    JSON.stringify({ compilerOptions, include: ['*.ts'] }),
  );
  const tsc = join(PROJECT, 'node_modules', 'typescript', 'bin', 'tsc');
  const said = await promisify(execFile)(process.execPath, [tsc, '-p', sources]).then(
    ({ stdout }) => stdout,
    (error: { stdout: string }) => error.stdout,
  );
  expect(said).toBe('');
});
