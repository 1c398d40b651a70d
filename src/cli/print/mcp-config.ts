/** How clients of the Model Context Protocol are told to start `agentfs mcp`. */

import { isDeepStrictEqual } from 'node:util';
import { parse as parseToml } from 'smol-toml';
import { UsageError } from '../exit-status.ts';

/** What a client's configuration is called, and where in it servers stand. */
interface ClientConfig {
  /** Where it belongs: in the project, or below the home directory. */
  readonly file: string;
  /** The names that lead to the server; in TOML those of its table. */
  readonly keys: readonly string[];
  readonly server: (args: readonly string[]) => object;
}

const COMMAND = 'agentfs';

const CLIENTS: Readonly<Record<string, ClientConfig>> = {
  'claude-code': { file: '.mcp.json', keys: ['mcpServers', 'agentfs'], server },
  codex: { file: '~/.codex/config.toml', keys: ['mcp_servers', 'agentfs'], server },
  cursor: { file: '.cursor/mcp.json', keys: ['mcpServers', 'agentfs'], server },
  vscode: {
    file: '.vscode/mcp.json',
    keys: ['servers', 'agentfs'],
    server: (args) => ({ type: 'stdio', ...server(args) }),
  },
  gemini: { file: '.gemini/settings.json', keys: ['mcpServers', 'agentfs'], server },
  opencode: {
    file: 'opencode.json',
    keys: ['mcp', 'agentfs'],
    server: (args) => ({ type: 'local', command: [COMMAND, ...args] }),
  },
  zed: { file: '.zed/settings.json', keys: ['context_servers', 'agentfs'], server },
};

/** The clients whose configuration is known. */
export const CLIENT_NAMES: readonly string[] = Object.keys(CLIENTS);

/** How a client is told of the server. */
export interface McpConfig {
  /** Where it belongs: in the project, or with `~` below the home directory. */
  readonly file: string;
  /** What belongs there, by itself. */
  readonly text: string;
  /**
   * The text of a file with it.
   *
   * @param text - what the file has now; `''` when there is none.
   * @throws {UsageError} when that cannot be changed without harm.
   */
  readonly into: (text: string) => string;
}

/** How a client is told of the server; undefined for strangers. */
export function clientConfig(name: string, args: readonly string[]): McpConfig | undefined {
  const client = CLIENTS[name];
  if (client === undefined) return undefined;
  const { file, keys } = client;
  const config = client.server(args);
  const isToml = file.endsWith('.toml');
  return {
    file,
    text: isToml ? tableOf(keys, config) : JSON.stringify(nested(keys, config), undefined, 2),
    into: (text) =>
      isToml ? intoToml(file, text, keys, config) : intoJson(file, text, keys, config),
  };
}

function server(args: readonly string[]): { readonly command: string; readonly args: unknown } {
  return { command: COMMAND, args };
}

function nested(keys: readonly string[], value: unknown): unknown {
  return keys.reduceRight((inner, key) => ({ [key]: inner }), value);
}

function intoJson(file: string, text: string, keys: readonly string[], config: object): string {
  const [, indent = '  '] = /^([ \t]+)"/m.exec(text) ?? [];
  const whole = laidOver(parsed(file, text, JSON.parse), nested(keys, config));
  return `${JSON.stringify(whole, undefined, indent)}\n`;
}

/** What the text says; it must be an object. @throws {UsageError} */
function parsed(file: string, text: string, parse: (text: string) => unknown): object {
  if (text.trim() === '') return {};
  let value: unknown;
  try {
    value = parse(text);
  } catch {
    // Said below.
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw byHand(file);
}

/** Objects in both are put together; else the second counts. */
function laidOver(below: unknown, above: unknown): unknown {
  if (!isObject(below) || !isObject(above)) return above;
  // The entry of the server is replaced as a whole: it has values that are not objects.
  if (Object.values(above).some((value) => !isObject(value))) return above;
  const own = Object.entries(above).map(([key, value]) => [key, laidOver(below[key], value)]);
  return { ...below, ...Object.fromEntries(own) };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A table with strings and lists of strings, which are the same in TOML and in JSON. */
function tableOf(keys: readonly string[], config: object): string {
  const lines = Object.entries(config).map(([key, value]) => `${key} = ${JSON.stringify(value)}`);
  return [`[${keys.join('.')}]`, ...lines].join('\n');
}

/** Changes the lines of one table, so that comments stay; what else they may be is looked at. */
function intoToml(file: string, text: string, keys: readonly string[], config: object): string {
  const before = parsed(file, text, parseToml);
  const lines = text.split('\n');
  const start = lines.findIndex((line) => line.trim() === `[${keys.join('.')}]`);
  const rest = lines.slice(start + 1);
  const length = rest.findIndex((line) => line.startsWith('[') || line.trim() === '');
  const end = start + 1 + (length < 0 ? rest.length : length);
  const table = tableOf(keys, config);
  const changed =
    start < 0
      ? `${text.trimEnd()}\n\n${table}\n`.trimStart()
      : [...lines.slice(0, start), table, ...lines.slice(end)].join('\n');
  const wanted = laidOver(before, nested(keys, config));
  if (!isDeepStrictEqual(plain(parsed(file, changed, parseToml)), plain(wanted)))
    throw byHand(file);
  return changed;
}

/** For comparing: the parser has objects and times of its own. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

function byHand(file: string): UsageError {
  return new UsageError(
    `${file} is not written in a way that agentfs can add to, such as with comments in JSON.`,
    'Leave --write out, and add what is printed by hand.',
  );
}
