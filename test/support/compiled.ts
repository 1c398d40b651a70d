/**
 * The sources as plain JavaScript, for tests that need agentfs in a process of its own, such as one
 * that is killed: Node 20 cannot import TypeScript, and a vitest worker must not be killed.
 *
 * ```ts
 * const script = `import { openStore } from ${JSON.stringify(await compiledModule('store/store.ts'))}; ...`;
 * const child = spawn(process.execPath, ['--input-type=module', '-e', script]);
 * ```
 */

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

const PROJECT = fileURLToPath(new URL('../../', import.meta.url));

const BUNDLING = join(PROJECT, 'scripts', 'bundle.mjs');
const PACKAGE = join(PROJECT, 'package.json');

// Inside node_modules, so that the compiled files find the dependencies.
const CACHE = join(PROJECT, 'node_modules', '.cache', 'agentfs-compiled');

const run = promisify(execFile);

let compiled: Promise<string> | undefined;

/** The URL of a compiled module, by its path below `src/`, such as `'runner/process/process.ts'`. */
export async function compiledModule(source: string): Promise<string> {
  compiled ??= compile();
  return pathToFileURL(join(await compiled, 'dist', source.replace(/\.ts$/, '.js'))).href;
}

/** The URL of the library, bundled as in the package: it starts in a third of the time. */
export async function bundledLibrary(): Promise<string> {
  compiled ??= compile();
  return pathToFileURL(join(await compiled, 'bundle', 'index.js')).href;
}

/** The path of the program `agentfs`, bundled as in the package. */
export async function bundledProgram(): Promise<string> {
  compiled ??= compile();
  return join(await compiled, 'bundle', 'cli', 'main.js');
}

/** Compiles `src/` unless that was done before for the same content; returns the directory. */
async function compile(): Promise<string> {
  const directory = join(CACHE, await sourceHash());
  if (await exists(directory)) return directory;
  await mkdir(CACHE, { recursive: true });
  await removeOld();
  const building = await mkdtemp(join(CACHE, 'building-'));
  // The compiled files lie beside it as they do in the package, and the bundler believes what it says.
  await copyFile(PACKAGE, join(building, 'package.json'));
  // Type errors are for `npm run check` to find: here one would hide all other results.
  await run(process.execPath, [
    join(PROJECT, 'node_modules', 'typescript', 'bin', 'tsc'),
    ...[
      '-p',
      join(PROJECT, 'tsconfig.build.json'),
      '--noCheck',
      '--outDir',
      join(building, 'dist'),
    ],
  ]);
  await run(process.execPath, [BUNDLING, join(building, 'dist'), join(building, 'bundle')]);
  // Test files run at the same time: the first one to be done wins, with the same content.
  await rename(building, directory).catch(() => rm(building, { recursive: true }));
  return directory;
}

async function sourceHash(): Promise<string> {
  const root = join(PROJECT, 'src');
  const names = await readdir(root, { recursive: true });
  const hash = createHash('sha256');
  for (const file of [BUNDLING, PACKAGE]) hash.update(await readFile(file));
  for (const name of names.filter((each) => each.endsWith('.ts')).sort()) {
    hash.update(`${name}\0`).update(await readFile(join(root, name)));
  }
  return hash.digest('hex').slice(0, 32);
}

/** Removes what earlier states of the sources left, but nothing that another run may be using. */
async function removeOld(): Promise<void> {
  const before = Date.now() - 60 * 60 * 1000;
  for (const name of await readdir(CACHE)) {
    const path = join(CACHE, name);
    // Another run may have renamed or removed it meanwhile.
    const found = await stat(path).catch(() => undefined);
    if (found !== undefined && found.mtimeMs < before)
      await rm(path, { recursive: true, force: true });
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
