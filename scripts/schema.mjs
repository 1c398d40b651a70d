/**
 * Turns the migrations in `schema/NNNN-name.sql` into `src/store/generated/schema.ts`, so that the
 * package needs no files at run time. `--check` writes nothing and fails when the module is stale.
 */

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import process from 'node:process';

const source = new URL('../schema/', import.meta.url);
const target = new URL('../src/store/generated/schema.ts', import.meta.url);

const wanted = moduleText(readMigrations());
const present = existsSync(target) ? readFileSync(target, 'utf8') : undefined;
if (wanted === present) process.exit(0);
if (process.argv.includes('--check')) {
  process.stderr.write('src/store/generated/schema.ts is stale; run: npm run schema\n');
  process.exit(1);
}
mkdirSync(new URL('.', target), { recursive: true });
writeFileSync(target, wanted);
process.stdout.write('wrote src/store/generated/schema.ts\n');

function readMigrations() {
  const files = existsSync(source) ? readdirSync(source).sort() : [];
  return files.map((file, index) => {
    const [, digits, name] = /^(\d{4})-([a-z0-9]+(?:-[a-z0-9]+)*)\.sql$/.exec(file) ?? [];
    // A gap or a repeated number would make two stores of one number differ.
    if (Number(digits) !== index + 1) {
      const expected = String(index + 1).padStart(4, '0');
      throw new Error(`schema/${file}: expected ${expected}-<name>.sql here.`);
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

function templateLiteral(text) {
  return `\`${text.replace(/[\\`]|\$\{/g, '\\$&')}\``;
}
