/**
 * Runs every example of the README and of docs/LIBRARY.md for real, each on a project of its own.
 * One that opens nothing itself finds `afs` and `ws` set up. What a `console.log` prints has to be
 * what the comment behind it says. Those of the README are JavaScript that any Node can parse.
 */

import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { compiledModule } from './support/compiled.ts';

const PROJECT = fileURLToPath(new URL('..', import.meta.url));
const README = await readFile(join(PROJECT, 'README.md'), 'utf8');
const LIBRARY = await readFile(join(PROJECT, 'docs', 'LIBRARY.md'), 'utf8');

/** A block of code, and the heading above it. */
interface Example {
  readonly title: string;
  /** Unique, and fit for a file. */
  readonly name: string;
  readonly code: string;
  /** What its comments say that it prints, in order. */
  readonly prints: readonly string[];
}

const FIRST = examplesOf(README);
const EXAMPLES = [...FIRST, ...examplesOf(LIBRARY)];
const PRELUDE = [
  "import { AgentFS } from 'agentfs';",
  "await using afs = new AgentFS('/path/to/project');",
  "const ws = await afs.workspace.create('agent-1');",
  '',
].join('\n');

let directory = '';

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'agentfs-readme-'));
});

afterAll(async () => {
  await rm(directory, { recursive: true, force: true });
});

describe('the examples', () => {
  it.each(EXAMPLES)('print what they say: $title', async (example) => {
    const { printed } = await run(example);
    expect(printed.filter((line) => example.prints.includes(line))).toEqual(example.prints);
  });

  it('change the base by a commit only', async () => {
    const [first] = FIRST;
    if (first === undefined) expect.unreachable('The README has no example.');
    const { base, printed } = await run({ ...first, name: 'first-again' });
    expect(await readdir(join(base, 'src'))).toEqual(['greeting.js', 'main.js']);
    expect(printed).toContain('+++ b/src/greeting.js');
    expect(printed).toContain('delete src/main.js');
  });

  it('pass the type checker with the declarations that are published', async () => {
    const sources = join(directory, 'types');
    await mkdir(sources);
    for (const { name, code } of EXAMPLES) {
      await writeFile(join(sources, `${name}.ts`), complete(code));
    }
    await writeFile(join(sources, 'package.json'), '{"type":"module"}');
    await writeFile(join(sources, 'tsconfig.json'), JSON.stringify(await typeCheck()));
    expect(await compilerErrors(sources)).toBe('');
  });

  it('of the README are parsed by a Node of today, without a compiler', async () => {
    for (const { name, code } of FIRST) {
      const file = join(directory, `${name}.mjs`);
      await writeFile(file, code);
      await promisify(execFile)(process.execPath, ['--check', file]);
      expect(code).not.toContain('await using');
    }
  });

  it('are all found', () => {
    const blocks = `${README}${LIBRARY}`.match(/^```(?:js|ts)$/gm) ?? [];
    expect(EXAMPLES).toHaveLength(blocks.length);
    expect(FIRST.length).toBeGreaterThan(0);
    expect(EXAMPLES.length).toBeGreaterThan(9);
  });
});

/** The configuration of a strict user, who has the declarations checked too. */
async function typeCheck(): Promise<unknown> {
  const declarations = async (source: string): Promise<string> =>
    fileURLToPath(await compiledModule(source)).replace(/\.js$/, '.d.ts');
  return {
    compilerOptions: {
      ...{ target: 'es2022', module: 'nodenext', strict: true, noEmit: true },
      ...{ types: ['node'], typeRoots: [join(PROJECT, 'node_modules', '@types')] },
      paths: {
        agentfs: [await declarations('index.ts')],
        'agentfs/testing': [await declarations('testing/index.ts')],
      },
    },
    include: ['*.ts'],
  };
}

async function compilerErrors(project: string): Promise<string> {
  const tsc = join(PROJECT, 'node_modules', 'typescript', 'bin', 'tsc');
  return promisify(execFile)(process.execPath, [tsc, '-p', project]).then(
    ({ stdout }) => stdout,
    (error) => error.stdout,
  );
}

/** Runs an example on a fresh project; returns where that is, and the lines that it printed. */
async function run({ name, code }: Example): Promise<{ base: string; printed: string[] }> {
  const base = await makeProject(join(directory, 'projects', name));
  const module = join(directory, `${name}.ts`);
  await writeFile(module, runnable(code, base));
  return { base, printed: await linesPrintedBy(() => import(/* @vite-ignore */ module)) };
}

function examplesOf(text: string): Example[] {
  const found: Example[] = [];
  for (const match of text.matchAll(/^```(?:js|ts)\n(.*?)^```$/gms)) {
    const above = text.slice(0, match.index).match(/^#+ .*$/gm) ?? [];
    const title = (above.at(-1) ?? '').replace(/^#+ /, '');
    const code = match[1] ?? '';
    const name = `${found.length + 1}-${slug(title)}`;
    found.push({ title, name, code, prints: printsOf(code) });
  }
  return found;
}

function printsOf(code: string): string[] {
  return [...code.matchAll(/console\.log\(.*\); \/\/ (.*)$/gm)].map((match) => match[1] ?? '');
}

/** A small project in which `npm test` passes and `build/` is ignored. */
async function makeProject(base: string): Promise<string> {
  await mkdir(join(base, 'src'), { recursive: true });
  await writeFile(join(base, 'package.json'), '{ "scripts": { "test": "node src/main.js" } }\n');
  await writeFile(join(base, 'src', 'main.js'), "console.log('passed');\n");
  await writeFile(join(base, 'config.json'), '{ "port": 80 }\n');
  await writeFile(join(base, '.gitignore'), 'build/\n');
  return base;
}

/** The example with what the README leaves out. */
function complete(code: string): string {
  const opensItself = /new AgentFS\(|TemporaryWorkspace\.create\(/.test(code);
  return opensItself ? code : PRELUDE + code;
}

function runnable(code: string, base: string): string {
  return complete(code)
    .replaceAll("'/path/to/project'", JSON.stringify(base))
    .replaceAll("'agentfs'", JSON.stringify(join(PROJECT, 'src', 'index.ts')))
    .replaceAll("'agentfs/testing'", JSON.stringify(join(PROJECT, 'src', 'testing', 'index.ts')));
}

async function linesPrintedBy(action: () => Promise<unknown>): Promise<string[]> {
  const log = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  try {
    await action();
    return log.mock.calls.flatMap((values) => values.join(' ').trimEnd().split('\n'));
  } finally {
    log.mockRestore();
  }
}

function slug(title: string): string {
  return title.toLowerCase().replace(/[^a-z0-9]+/g, '-');
}
