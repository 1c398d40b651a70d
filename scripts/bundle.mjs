/**
 * Puts the compiled modules together into few files. Node takes about half a millisecond to find and
 * load a module, and the library has hundreds: as they are, `agentfs status` would spend most of its
 * time on that. Small packages in JavaScript come in too, most of all those in CommonJS, whose
 * exports Node looks for with a parser each time; what is native, or not always needed, stays outside.
 *
 * Usage: node scripts/bundle.mjs [<directory of modules> [<directory for the bundle>]]
 * Without directories the modules in dist/ are replaced.
 */

import { chmod, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

/** What users of the package load. */
const ENTRIES = [
  'index',
  'testing/index',
  'cli/main',
  'adapters/ai-sdk',
  'adapters/bash-tool',
  'adapters/copilot-sdk',
  'adapters/deepagents',
  'adapters/just-bash',
  'adapters/mastra',
  'adapters/tanstack-ai',
  'neighbours/ambient/index',
  'neighbours/clawdforge/index',
  'neighbours/clove/index',
];

/** Packages that are loaded from where npm puts them. */
const OUTSIDE = /^(better-sqlite3|chokidar|@clack\/|@libsql\/)/;

/** What doors and the library share: `agentfs mcp` lists its tools before it loads the library. */
const PRIMITIVES = { name: 'primitives', test: /\/primitives\/[^/]*$/ };

const PACKAGE = /^.*\/node_modules\/(?:@[^/]+\/)?[^/.][^/]*(?=\/)/;

const [compiled = fileURLToPath(new URL('../dist', import.meta.url)), target] =
  process.argv.slice(2);
if (target === undefined) await bundleInPlace(compiled);
else await bundle(compiled, target);

/**
 * Bundles the modules of one directory into another, with the licences of what comes in.
 *
 * @returns the names of the modules that were written.
 */
async function bundle(from, to) {
  const input = Object.fromEntries(ENTRIES.map((name) => [name, join(from, `${name}.js`)]));
  const build = await rolldown({ input, external: OUTSIDE, platform: 'node' });
  try {
    const { output } = await build.write({
      dir: to,
      format: 'esm',
      comments: false,
      entryFileNames: '[name].js',
      chunkFileNames: 'chunks/[name].js',
      codeSplitting: { groups: [PRIMITIVES] },
    });
    // npm does that too, but only once: a build after `npm install --global .` has to keep it.
    await chmod(join(to, 'cli', 'main.js'), 0o755);
    await writeLicences(join(to, 'LICENCES.txt'), output);
    return output.map(({ fileName }) => fileName);
  } finally {
    await build.close();
  }
}

/** Replaces the modules of a directory by the bundle of them; type declarations stay. */
async function bundleInPlace(directory) {
  const written = new Set(await bundle(directory, directory));
  const names = await readdir(directory, { recursive: true });
  const replaced = names.filter(
    (name) => name.endsWith('.js') && !written.has(name.split(sep).join('/')),
  );
  await Promise.all(replaced.map((name) => rm(join(directory, name))));
}

async function writeLicences(file, output) {
  const ids = output.flatMap(({ moduleIds = [] }) => moduleIds);
  // Not node_modules/.cache, in which the tests compile our own.
  const folders = ids.flatMap((id) => PACKAGE.exec(id)?.[0] ?? []);
  const texts = [...new Set(folders)].sort().map(async (folder) => {
    const { name, version } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
    const files = await readdir(folder);
    const licence = files.find((each) => /^licen[cs]e/i.test(each));
    if (licence === undefined) throw new Error(`${name} has no file with its licence.`);
    return `${name} ${version}\n\n${await readFile(join(folder, licence), 'utf8')}`;
  });
  await writeFile(file, (await Promise.all(texts)).join(`\n${'-'.repeat(80)}\n\n`));
}
