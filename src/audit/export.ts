/** Writes audit entries to a file on the host, whole or not at all. */

import { writeSync } from 'node:fs';
import { diskError } from '../disk/disk-error.ts';
import { replaceFile } from '../disk/replace-file.ts';
import { wrongValue } from '../primitives/errors.ts';
import type { Store } from '../store/store.ts';
import { CSV_HEADER, csvEntry } from './csv.ts';
import type { AuditEntry } from './entry.ts';
import type { AuditQuery } from './filter.ts';
import { type AuditScope, auditPages } from './query.ts';

/** `json` is one array, `jsonl` one object a line, `csv` has a header line. */
export type AuditFormat = 'json' | 'jsonl' | 'csv';

interface Formatting {
  readonly before: string;
  readonly between: string;
  readonly after: string;
  readonly entry: (entry: AuditEntry) => string;
}

const FORMATS: Readonly<Record<AuditFormat, Formatting>> = {
  json: { before: '[\n', between: ',\n', after: '\n]\n', entry: (entry) => JSON.stringify(entry) },
  jsonl: { before: '', between: '', after: '', entry: (entry) => `${JSON.stringify(entry)}\n` },
  csv: { before: CSV_HEADER, between: '', after: '', entry: csvEntry },
};

/**
 * Writes the entries that a query asks for to `file`, which only its owner may read. An existing
 * file is replaced in one step, when all is written and on disk. A generator: each step writes one
 * page, so memory stays flat and others can have a turn; ending it early leaves nothing behind.
 *
 * @returns the number of entries.
 * @throws {RangeError} INVALID_ARGUMENT when the format is unknown.
 * @throws {FileSystemError} ENOENT, EACCES, EISDIR ... when the file cannot be written.
 * @throws {StorageError} STORE_FULL when its disk is full; STORE_CORRUPT, STORE_IO.
 */
export function* exportAudit(
  store: Store,
  file: string,
  format: AuditFormat,
  query: AuditQuery,
  scope: AuditScope = {},
): Generator<void, number, void> {
  if (!Object.hasOwn(FORMATS, format)) throw wrongValue('format', 'json, jsonl or csv', format);
  const pages = auditPages(store, query, scope);
  try {
    return yield* replaceFile(file, (draft) => writeEntries(draft, FORMATS[format], pages));
  } catch (error) {
    throw diskError(error, file, 'export to');
  }
}

function* writeEntries(
  draft: number,
  formatting: Formatting,
  pages: Iterable<readonly AuditEntry[]>,
): Generator<void, number, void> {
  let count = 0;
  writeAll(draft, formatting.before);
  for (const page of pages) {
    const text = page.map(formatting.entry).join(formatting.between);
    const joint = count > 0 && page.length > 0 ? formatting.between : '';
    writeAll(draft, joint + text);
    count += page.length;
    yield;
  }
  writeAll(draft, formatting.after);
  return count;
}

function writeAll(descriptor: number, text: string): void {
  const bytes = Buffer.from(text);
  for (let offset = 0; offset < bytes.length; ) {
    offset += writeSync(descriptor, bytes, offset);
  }
}
