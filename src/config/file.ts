/**
 * Configuration files: TOML on disk, read with the position of every key, written atomically.
 */

import { mkdirSync, readFileSync, realpathSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { parse, TomlError } from 'smol-toml';
import { replaceFile } from '../disk/replace-file.ts';
import { ConfigError, errorCode } from '../primitives/errors.ts';
import { editToml } from './edit-toml.ts';
import type { Locate } from './layer.ts';
import type { ConfigInput, Leaf } from './nested.ts';
import { type Position, positionsIn } from './toml-lines.ts';

const MAX_FILE_BYTES = 1024 * 1024;

/** A file that was read. */
export interface ConfigFile {
  readonly path: string;
  /** Its permission bits. */
  readonly mode: number;
  readonly input: ConfigInput;
  /** `file:line:column` of a key, or the file alone when the key is written in an unusual way. */
  readonly locate: Locate;
}

/**
 * Reads and parses a file; undefined when there is none.
 *
 * @throws {ConfigError} CONFIG_INVALID when it is not TOML, with the line and column, when it is
 *   above 1 MiB, or when it cannot be read.
 */
export function readConfigFile(path: string): ConfigFile | undefined {
  const found = readText(path);
  if (found === undefined) return undefined;
  const { text, mode } = found;
  let positions: ReadonlyMap<string, Position> | undefined;
  return {
    path,
    mode,
    input: parseToml(text, path),
    locate: (keyPath) => {
      positions ??= positionsIn(text);
      const position = positions.get(JSON.stringify(keyPath));
      return position === undefined ? path : `${path}:${position.line}:${position.column}`;
    },
  };
}

/**
 * Writes settings as TOML, readable by the owner only: wholly or not at all, even when the power
 * fails. Of a file that is there, comments and order stay. Makes the directory; writes through a
 * symbolic link to the file that it names.
 *
 * @throws {ConfigError} CONFIG_INVALID when the file cannot be written.
 */
export function writeConfigFile(path: string, leaves: readonly Leaf[]): void {
  try {
    const text = editToml(readText(path)?.text ?? '', leaves);
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const target = statSync(path, { throwIfNoEntry: false }) ? realpathSync(path) : path;
    const steps = replaceFile(target, function* (draft) {
      yield writeFileSync(draft, text);
    });
    while (steps.next().done !== true);
  } catch (error) {
    throw new ConfigError(`The configuration cannot be written to ${path}.`, {
      path,
      hint: 'Check the permissions of the file and its directory, and the space on the disk.',
      cause: error,
    });
  }
}

function readText(path: string): { readonly text: string; readonly mode: number } | undefined {
  try {
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats === undefined) return undefined;
    // A FIFO would block the reader for ever.
    if (!stats.isFile()) throw unreadable(path, 'is not a regular file');
    if (stats.size > MAX_FILE_BYTES) throw unreadable(path, 'is larger than 1 MiB');
    return { text: readFileSync(path, 'utf8'), mode: stats.mode & 0o777 };
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    if (errorCode(error) === 'ENOTDIR' || errorCode(error) === 'ENOENT') return undefined;
    throw unreadable(path, 'cannot be read', error);
  }
}

function unreadable(path: string, problem: string, cause?: unknown): ConfigError {
  return new ConfigError(`The configuration file ${path} ${problem}.`, {
    path,
    hint: 'Name another file, or make this one a readable TOML file.',
    cause,
  });
}

function parseToml(text: string, path: string): ConfigInput {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const { line, column } = error;
    // Neither the cause nor the rest of its message: they quote the lines around, maybe a token.
    const problem = error.message.split('\n', 1)[0] ?? '';
    throw new ConfigError(`${path}:${line}:${column}: ${problem}.`, {
      path,
      hint: `Fix line ${line}: a setting is written as key = "text", key = 5 or key = true.`,
      details: { line, column },
    });
  }
}
