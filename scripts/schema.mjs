/**
 * Turns the migrations in `schema/NNNN-name.sql` into `src/store/generated/schema.ts`, and those of
 * remotes in `schema/remote/` into `src/sync/generated/remote-schema.ts`, so that the package needs
 * no files at run time. `--check` writes nothing and fails when a module is stale.
 */

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import process from 'node:process';

const root = new URL('../', import.meta.url);
const isCheck = process.argv.includes('--check');

const modules = [
  ['src/store/generated/schema.ts', moduleText(readMigrations('schema/'))],
  ['src/sync/generated/remote-schema.ts', remoteModuleText(readMigrations('schema/remote/'))],
];

for (const [path, wanted] of modules) {
  const target = new URL(path, root);
  const present = existsSync(target) ? readFileSync(target, 'utf8') : undefined;
  if (wanted === present) continue;
  if (isCheck) {
    process.stderr.write(`${path} is stale; run: npm run schema\n`);
    process.exitCode = 1;
    continue;
  }
  mkdirSync(new URL('.', target), { recursive: true });
  writeFileSync(target, wanted);
  process.stdout.write(`wrote ${path}\n`);
}

function readMigrations(directory) {
  const source = new URL(directory, root);
  const files = readdirSync(source)
    .filter((file) => file.endsWith('.sql'))
    .sort();
  return files.map((file, index) => {
    const [, digits, name] = /^(\d{4})-([a-z0-9]+(?:-[a-z0-9]+)*)\.sql$/.exec(file) ?? [];
    // A gap or a repeated number would make two stores of one number differ.
    if (Number(digits) !== index + 1) {
      const expected = String(index + 1).padStart(4, '0');
      throw new Error(`${directory}${file}: expected ${expected}-<name>.sql here.`);
    }
    return { number: index + 1, name, sql: readFileSync(new URL(file, source), 'utf8') };
  });
}

function moduleText(migrations) {
  const items = migrations.map(
    ({ number, name, sql }) =>
      `  {\n    number: ${number},\n    name: '${name}',\n    sql: ${templateLiteral(sql)},\n  },\n`,
  );
  return [
    '/** The migrations of the store, in order. Generated from schema/ by `npm run schema`. */\n',
    '\n/** One step of the schema: applied once, in one transaction, never edited once released. */\n',
    'export interface Migration {\n',
    '  /** Its position, from 1 without gaps; also the version of the schema after it. */\n',
    '  readonly number: number;\n',
    '  readonly name: string;\n',
    '  readonly sql: string;\n',
    '}\n',
    '\n/** All migrations, in ascending order of their numbers. */\n',
    `export const MIGRATIONS: readonly Migration[] = [${items.length === 0 ? '' : '\n'}`,
    ...items,
    '];\n',
  ].join('');
}

/** Remotes take one statement at a time, and have no triggers: a statement ends with its line. */
function remoteModuleText(migrations) {
  const items = migrations.map(({ number, sql }) => {
    const statements = sql.split(/(?<=;)\n/).map((text) => text.trim().replace(/;$/, ''));
    const literals = statements.filter(Boolean).map((text) => `      ${templateLiteral(text)},\n`);
    return `  {\n    number: ${number},\n    statements: [\n${literals.join('')}    ],\n  },\n`;
  });
  return [
    '/** The migrations of a remote, in order. Generated from schema/remote/ by `npm run schema`. */\n',
    '\n/** One step of the schema of a remote: applied once, in one transaction. */\n',
    'export interface RemoteMigration {\n',
    '  /** Its position, from 1 without gaps; also the version of the schema after it. */\n',
    '  readonly number: number;\n',
    '  readonly statements: readonly string[];\n',
    '}\n',
    '\n/** All migrations, in ascending order of their numbers. */\n',
    'export const REMOTE_MIGRATIONS: readonly RemoteMigration[] = [\n',
    ...items,
    '];\n',
  ].join('');
}

function templateLiteral(text) {
  return `\`${text.replace(/[\\`]|\$\{/g, '\\$&')}\``;
}
