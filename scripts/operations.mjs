/**
 * Writes the second half of docs/OPERATIONS.md, the list of operations, as `agentfs rpc` itself
 * describes them. `--check` writes nothing and fails when the file is stale.
 *
 * Usage: node scripts/operations.mjs [--check] [<program>]
 */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const MARK = '<!-- From here on: made by npm run operations. -->\n';

const args = process.argv.slice(2);
const [program = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url))] = args.filter(
  (each) => each !== '--check',
);
const target = new URL('../docs/OPERATIONS.md', import.meta.url);
const present = readFileSync(target, 'utf8');
const end = present.indexOf(MARK) + MARK.length;
if (end < MARK.length) throw new Error(`docs/OPERATIONS.md has no line ${MARK}`);
const wanted = `${present.slice(0, end)}\n${list(describedBy(program))}`;
if (wanted !== present && args.includes('--check')) {
  process.stderr.write('docs/OPERATIONS.md is stale; run: npm run operations\n');
  process.exitCode = 1;
} else if (wanted !== present) {
  writeFileSync(target, wanted);
  process.stdout.write('wrote docs/OPERATIONS.md\n');
}

/** Asks the program, in a directory of its own, as any client does. */
function describedBy(path) {
  const base = mkdtempSync(join(tmpdir(), 'agentfs-operations-'));
  try {
    const body = JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'initialize',
      params: { schemas: true },
    });
    const input = `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
    const options = { input, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 };
    const { stdout, stderr } = spawnSync(process.execPath, [path, 'rpc', '--base', base], options);
    if (stderr !== '') throw new Error(stderr);
    return JSON.parse(stdout.slice(stdout.indexOf('{'))).result.operations;
  } finally {
    rmSync(base, { recursive: true, force: true });
  }
}

function list(operations) {
  const nouns = [...new Set(operations.map(({ name }) => name.split('.')[0]))];
  const sections = nouns.map((noun) => {
    const own = operations.filter(({ name }) => name.startsWith(`${noun}.`));
    return `## ${noun}\n\n${own.map(section).join('\n')}`;
  });
  const shapes = new Map(operations.flatMap(({ input, output }) => named(input, output)));
  const rows = [...shapes].sort().map(([name, schema]) => `- **${name}** \`${shape(schema)}\`\n`);
  return `${sections.join('\n')}\n## Shapes\n\n${rows.join('')}`;
}

/** The shapes that have names, by their names. */
function named(...schemas) {
  return schemas.flatMap(({ $defs }) => Object.entries($defs ?? {}));
}

function section({ name, summary, effect, idempotent, input, output }) {
  const again = idempotent ? 'calling it again changes nothing more' : 'calling it again counts';
  const kind = effect === 'read' ? 'Reads.' : `Effect: ${effect}; ${again}.`;
  const fields = Object.entries(input.properties ?? {});
  const rows = fields.map(([field, schema]) => row(field, schema, input.required ?? []));
  const table =
    rows.length === 0
      ? 'Takes nothing.\n'
      : `| field | type | default | |\n|---|---|---|---|\n${rows.join('')}`;
  return `### ${name}\n\n${summary} ${kind}\n\n${table}\nGives \`${shape(output)}\`.\n`;
}

function row(field, schema, required) {
  const byDefault = 'default' in schema ? `\`${JSON.stringify(schema.default)}\`` : '';
  const must = required.includes(field) && byDefault === '' ? 'required' : byDefault;
  const type = shape(schema).replaceAll('|', '\\|');
  return `| \`${field}\` | \`${type}\` | ${must} | ${schema.description ?? ''} |\n`;
}

/** A schema in the notation of TypeScript. */
function shape(schema) {
  if (schema.$ref !== undefined) return nameOf(schema.$ref);
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return schema.enum.map((each) => JSON.stringify(each)).join(' | ');
  const choices = schema.anyOf ?? schema.oneOf ?? schema.allOf;
  if (choices !== undefined) return choices.map(shape).join(' | ');
  if (schema.type === 'array') return listOf(shape(schema.items ?? {}));
  if (schema.type !== 'object') return [schema.type ?? 'any'].flat().join(' | ');
  const fields = Object.entries(schema.properties ?? {});
  if (fields.length === 0) return '{ [name]: any }';
  const required = schema.required ?? [];
  const parts = fields.map(
    ([name, each]) => `${name}${required.includes(name) ? '' : '?'}: ${shape(each)}`,
  );
  return `{ ${parts.join(', ')} }`;
}

function nameOf(reference) {
  return reference.split('/').at(-1);
}

function listOf(item) {
  return item.includes(' | ') && !item.startsWith('{') ? `(${item})[]` : `${item}[]`;
}
