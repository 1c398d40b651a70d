/** Reads a part of a file as text or base64, by bytes or by lines, never half a character. */

import { isUtf8 } from 'node:buffer';
import { AgentFSError, FileSystemError, type Workspace } from '../index.ts';
import { MAX_CONTENT_BYTES } from './fields.ts';

/** Which part is wanted, and how. */
export interface WantedPart {
  /** `auto`: text where the part is, else base64. */
  readonly encoding: 'utf8' | 'base64' | 'auto';
  readonly unit: 'bytes' | 'lines';
  /** First byte or line, from 0; a negative line counts from the end. */
  readonly offset: number;
  /** Bytes or lines at most; default all that one answer may hold. */
  readonly limit?: number | undefined;
  /** As the command that is running has it. */
  readonly live?: boolean | undefined;
}

/** A part of a file. */
export interface FilePart {
  readonly path: string;
  readonly content: string;
  readonly encoding: 'utf8' | 'base64';
  /** Bytes of the whole file. */
  readonly size: number;
  /** Where the next part begins, in the same unit; absent at the end of the file. */
  readonly nextOffset?: number;
}

/** Bytes to read by default. */
const DEFAULT_BYTES = 1024 * 1024;

/**
 * Reads a part of a file.
 *
 * @throws {AgentFSError} INVALID_ARGUMENT for an offset inside a character, and for lines of
 *   base64; EINVAL when the file is not UTF-8; EFBIG for lines of a file above 10 MiB.
 * @throws what `readFile` throws.
 */
export async function readPart(
  workspace: Workspace,
  path: string,
  wanted: WantedPart,
): Promise<FilePart> {
  if (wanted.unit === 'lines') return readLines(workspace, path, wanted);
  const { offset, limit = DEFAULT_BYTES, live } = wanted;
  if (offset < 0) throw wrongOffset('offset must be 0 or more where bytes are counted.');
  const { size, bytes } = await readBytes(workspace, path, { offset, limit, live });
  const text = wanted.encoding === 'base64' ? undefined : wholeCharacters(bytes, wanted, size);
  if (text === undefined && wanted.encoding === 'utf8') throw whyNoText(path, bytes, wanted);
  const whole = text ?? bytes;
  const encoding: FilePart['encoding'] = text === undefined ? 'base64' : 'utf8';
  const end = offset + whole.length;
  const part = { path, content: whole.toString(encoding), encoding, size };
  return end < size ? { ...part, nextOffset: end } : part;
}

async function readBytes(
  workspace: Workspace,
  path: string,
  { offset, limit, live }: Pick<WantedPart, 'offset' | 'live'> & { readonly limit: number },
): Promise<{ readonly size: number; readonly bytes: Buffer }> {
  const { size } = await workspace.stat(path, { live });
  // There are no streams of what a command is still writing.
  if (size <= limit || live === true) {
    const whole = await workspace.readFile(path, { live });
    // It may have grown since.
    return { size: whole.length, bytes: whole.subarray(offset, offset + limit) };
  }
  const pieces: Buffer[] = [];
  const range = { start: offset, end: offset + limit - 1 };
  if (offset < size)
    for await (const piece of workspace.readStream(path, range)) pieces.push(piece);
  return { size, bytes: Buffer.concat(pieces) };
}

async function readLines(
  workspace: Workspace,
  path: string,
  { encoding, offset, limit, live }: WantedPart,
): Promise<FilePart> {
  if (encoding === 'base64') {
    throw new AgentFSError('INVALID_ARGUMENT', 'Only text has lines, so base64 has none.', {
      hint: 'Leave unit out, or read with encoding utf8.',
    });
  }
  const text = await readWholeText(workspace, path, { live });
  const lines = text.split(/(?<=\n)/);
  const start = offset < 0 ? Math.max(lines.length + offset, 0) : offset;
  const end = Math.min(start + (limit ?? lines.length), lines.length);
  const content = lines.slice(start, end).join('');
  const part = { path, content, encoding: 'utf8', size: Buffer.byteLength(text) } as const;
  return end < lines.length ? { ...part, nextOffset: end } : part;
}

/**
 * Reads a file of text that one answer can hold.
 *
 * @throws {FileSystemError} EFBIG above 10 MiB; EINVAL when it is not UTF-8.
 */
export async function readWholeText(
  workspace: Workspace,
  path: string,
  { live }: Pick<WantedPart, 'live'> = {},
): Promise<string> {
  const { size } = await workspace.stat(path, { live });
  if (size > MAX_CONTENT_BYTES) {
    throw new FileSystemError('EFBIG', `'${path}' has ${size} bytes, too many for one answer.`, {
      path,
      hint: 'Read it in parts, with offset and limit in bytes.',
      details: { size, limit: MAX_CONTENT_BYTES },
    });
  }
  const bytes = await workspace.readFile(path, { live });
  if (!isUtf8(bytes)) throw notText(path);
  return bytes.toString('utf8');
}

/** The bytes without a character at their end of which they hold a part; undefined for no text. */
function wholeCharacters(bytes: Buffer, { offset }: WantedPart, size: number): Buffer | undefined {
  // A part may end within a character, of which up to three bytes are here; a file may not.
  const mostCut = offset + bytes.length < size ? 3 : 0;
  for (let cut = 0; cut <= mostCut; cut += 1) {
    const whole = bytes.subarray(0, bytes.length - cut);
    if (isUtf8(whole)) return whole;
  }
  return undefined;
}

function whyNoText(path: string, [first]: Buffer, { offset }: WantedPart): AgentFSError {
  const isInside = offset > 0 && isContinuation(first);
  return isInside
    ? wrongOffset(`offset ${offset} of '${path}' may be inside a character.`)
    : notText(path);
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}

function wrongOffset(message: string): AgentFSError {
  return new AgentFSError('INVALID_ARGUMENT', message, {
    hint: 'Begin at 0 and go on at nextOffset, or read with encoding base64.',
  });
}

function notText(path: string): FileSystemError {
  return new FileSystemError('EINVAL', `'${path}' is not UTF-8 text.`, {
    path,
    hint: 'Read it with encoding base64.',
  });
}
