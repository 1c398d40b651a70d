import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { OTHER_VARIABLES } from '../../src/config/environment.ts';
import type { ConfigKey } from '../../src/config/key-description.ts';
import { Config } from '../../src/index.ts';

const DOCUMENT = fileURLToPath(new URL('../../docs/CONFIGURATION.md', import.meta.url));

const RULES: Readonly<Record<ConfigKey['project'], string>> = {
  free: 'any value',
  refused: 'no',
  'trusted-hook': 'if trusted',
  'inside-base': 'inside the base',
  lower: 'lower only',
  stricter: 'stricter only',
};

/** The document with another part between the two markers of this name. */
function replacePart(text: string, name: string, part: string): string {
  const marker = `<!-- ${name} -->`;
  const [before, , after] = text.split(marker);
  if (before === undefined || after === undefined) throw new Error(`There is no part ${name}.`);
  return [before, `\n\n${part}\n`, after].join(marker);
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replace(/[|<]/g, String.raw`\$&`)).join(' | ')} |`;
}

const code = (text: string): string => `\`${text}\``;

function keyRow({ name, doc, expected, aliases, environment, project, ...key }: ConfigKey): string {
  const spellings = aliases.filter((alias) => !name.endsWith(`.${alias}`)).map(code);
  return row([
    code(name) + (spellings.length > 0 ? `, ${spellings.join(', ')}` : ''),
    doc,
    expected,
    key.default === undefined ? '' : code(JSON.stringify(key.default)),
    environment.map(code).join(', '),
    RULES[project],
  ]);
}

function keyTable(): string {
  const head = row(['key', 'meaning', 'must be', 'default', 'variable', "project's file"]);
  return [head, row(Array(6).fill('---')), ...Config.keys().map(keyRow), ''].join('\n');
}

function variableTable(): string {
  const rows = Object.entries(OTHER_VARIABLES).map(([name, doc]) => row([code(name), doc]));
  return [row(['variable', 'meaning']), row(['---', '---']), ...rows, ''].join('\n');
}

// `npx vitest run test/config/documentation.test.ts -u` brings the document up to date.
it('tells of every key and every variable in docs/CONFIGURATION.md', async () => {
  const text = readFileSync(DOCUMENT, 'utf8');
  const fresh = replacePart(replacePart(text, 'keys', keyTable()), 'variables', variableTable());
  await expect(fresh).toMatchFileSnapshot(DOCUMENT);
});

it('has an example without a fault', () => {
  const example = /```toml\n([^`]*)```/.exec(readFileSync(DOCUMENT, 'utf8'))?.[1] ?? '';
  const directory = mkdtempSync(join(tmpdir(), 'agentfs-docs-'));
  try {
    const path = join(directory, 'config.toml');
    writeFileSync(path, example);
    const config = Config.load(path, { profile: 'ci' });
    expect(config.validate()).toEqual([]);
    expect(config.get('logging.level')).toBe('debug');
  } finally {
    rmSync(directory, { recursive: true });
  }
});
