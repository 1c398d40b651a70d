/**
 * Reads a tar archive entry by entry: ustar, pax, and GNU's long names. What is unknown is refused
 * and never guessed at, as GNU's sparse files, for one, look like files with other content.
 */

import { ArchiveError } from '../primitives/errors.ts';
import { CHUNK_THRESHOLD } from '../primitives/limits.ts';
import type { ByteSource } from './byte-source.ts';
import { decodePax, decodeTime, type PaxRecords } from './pax-records.ts';
import { BLOCK_BYTES, decodeHeader, isZeros, paddingOf, type TarHeader } from './tar-header.ts';

/** A thing in an archive, its names not checked yet. */
export interface ArchiveEntry {
  readonly kind: 'file' | 'directory' | 'symlink' | 'hardlink';
  readonly name: string;
  /** Where a symbolic link points to, or which entry a hard link is another name of. */
  readonly target: string;
  /** Permission bits, 0 to 0o777. */
  readonly mode: number;
  /** Milliseconds since 1970. */
  readonly mtime: number;
  /** Bytes of content. */
  readonly size: number;
  /** The content of a file, to be read whole or not at all before the next entry. */
  readonly content: AsyncIterable<Buffer>;
}

const KINDS: Readonly<Record<string, ArchiveEntry['kind']>> = {
  '0': 'file',
  // Contiguous: a file to everybody but some systems of the past.
  '7': 'file',
  '1': 'hardlink',
  '2': 'symlink',
  '5': 'directory',
};

const REFUSED: Readonly<Record<string, string>> = {
  '3': 'a character device',
  '4': 'a block device',
  '6': 'a FIFO',
  S: 'a sparse file of GNU tar, which only GNU tar can read',
};

/** Stands for all records about sparse files. */
const SPARSE = 'GNU.sparse';

const USED_RECORDS: ReadonlySet<string> = new Set(['path', 'linkpath', 'size', 'mtime', SPARSE]);

// Longer than any path, and far longer than what anybody writes.
const MAX_EXTENSION_BYTES = CHUNK_THRESHOLD;

// 71,000 years from 1970 in both directions: what a tree can hold exactly.
const LATEST_MS = 2 ** 51;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * The entries of an archive in order.
 *
 * @throws {ArchiveError} ARCHIVE_INVALID when it is damaged, cut off or no archive at all;
 *   ARCHIVE_REFUSED for an entry of a kind that is not taken, or with a name that is not UTF-8.
 */
export async function* readTar(source: ByteSource): AsyncGenerator<ArchiveEntry, void, undefined> {
  if ((await source.peek(1)).length === 0) throw invalid('The archive is empty.');
  const globals = new Map<string, Buffer>();
  let own = new Map<string, Buffer>();
  for (;;) {
    const header = await readHeader(source);
    if (header === undefined) break;
    if (isExtension(header)) {
      const into = header.type === 'g' ? globals : own;
      for (const [key, value] of await readExtension(source, header)) into.set(key, value);
      continue;
    }
    const records = new Map([...globals, ...own]);
    own = new Map();
    const size = sizeOf(header, records);
    const content = source.pieces(size);
    yield toEntry(header, records, { size, content });
    for await (const _unread of content);
    await source.exactly(paddingOf(size));
  }
  await requireNothing(source);
}

/** The next header, or undefined at the end of the archive. */
async function readHeader(source: ByteSource): Promise<TarHeader | undefined> {
  const block = await source.exactly(BLOCK_BYTES);
  if (isZeros(block)) return undefined;
  const header = decodeHeader(block);
  if (header === undefined) throw invalid('This is not a tar archive, or it is damaged.');
  return header;
}

/** Reads the padding behind the end, so that who writes it does not find its pipe closed. */
async function requireNothing(source: ByteSource): Promise<void> {
  for await (const rest of source.rest()) {
    if (!isZeros(rest)) throw invalid('The archive goes on after its end.');
  }
}

/** Whether it is no entry, but says more about the next one, or all that follow. */
function isExtension({ type }: TarHeader): boolean {
  return ['x', 'g', 'L', 'K'].includes(type);
}

/** The records of a pax header, or GNU's long name as the record that it stands for. */
async function readExtension(source: ByteSource, header: TarHeader): Promise<PaxRecords> {
  if (header.size > MAX_EXTENSION_BYTES) throw invalid('A header of the archive is too long.');
  const bytes = Buffer.from(await source.exactly(header.size));
  await source.exactly(paddingOf(header.size));
  if (header.type === 'L' || header.type === 'K') {
    const end = bytes.indexOf(0);
    const name = end < 0 ? bytes : bytes.subarray(0, end);
    return new Map([[header.type === 'L' ? 'path' : 'linkpath', name]]);
  }
  const records = decodePax(bytes);
  if (records === undefined) throw invalid('A pax header of the archive is damaged.');
  // Whatever else there is, such as owners, is neither needed nor kept: there may be any amount.
  const isSparse = [...records.keys()].some((key) => key.startsWith('GNU.sparse.'));
  if (isSparse) records.set(SPARSE, Buffer.alloc(0));
  return new Map([...records].filter(([key]) => USED_RECORDS.has(key)));
}

function toEntry(
  header: TarHeader,
  records: PaxRecords,
  body: Pick<ArchiveEntry, 'size' | 'content'>,
): ArchiveEntry {
  const name = textOf(records.get('path') ?? header.name);
  const kind = kindOf(header, name, records);
  const mtime = records.get('mtime');
  const time = mtime === undefined ? header.mtime * 1000 : decodeTime(mtime);
  if (time === undefined || Math.abs(time) > LATEST_MS) {
    throw invalid(`The time of ${JSON.stringify(name)} is damaged.`, name);
  }
  return {
    kind,
    name,
    target: textOf(records.get('linkpath') ?? header.linkName, name),
    mode: header.mode & 0o777,
    mtime: time,
    ...body,
  };
}

function kindOf(header: TarHeader, name: string, records: PaxRecords): ArchiveEntry['kind'] {
  const type = records.has(SPARSE) ? 'S' : header.type;
  const kind = KINDS[type];
  if (kind === undefined) {
    throw new ArchiveError(
      'ARCHIVE_REFUSED',
      `The entry ${JSON.stringify(name)} is ${REFUSED[type] ?? `of the unknown type '${type}'`}.`,
      { path: name, hint: 'Leave it out of the archive; with GNU tar, do not use --sparse.' },
    );
  }
  // How directories looked before there was a type for them.
  return kind === 'file' && name.endsWith('/') ? 'directory' : kind;
}

function sizeOf(header: TarHeader, records: PaxRecords): number {
  // These may tell the size of something else, and have no content.
  if ('125'.includes(header.type)) return 0;
  const record = records.get('size')?.toString('latin1');
  if (record === undefined) return header.size;
  const size = /^\d{1,16}$/.test(record) ? Number(record) : Number.NaN;
  if (!Number.isSafeInteger(size)) throw invalid('A size in the archive is damaged.');
  return size;
}

function textOf(bytes: Buffer, entry?: string): string {
  try {
    return utf8.decode(bytes);
  } catch (error) {
    const shown = entry ?? bytes.toString('utf8');
    throw new ArchiveError(
      'ARCHIVE_REFUSED',
      `A name of the entry ${JSON.stringify(shown)} is not UTF-8.`,
      { path: shown, hint: 'Rename it and make the archive again.', cause: error },
    );
  }
}

function invalid(message: string, path?: string): ArchiveError {
  return new ArchiveError('ARCHIVE_INVALID', message, {
    path,
    hint: 'Check that it is a tar archive, plain or with gzip, and fetch it again.',
  });
}
