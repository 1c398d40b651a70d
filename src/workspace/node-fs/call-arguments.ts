/** The forms in which node:fs takes its arguments, turned into one each. */

import { fileURLToPath } from 'node:url';
import { checkEncoding } from '../../primitives/arguments.ts';
import { wrongType, wrongValue } from '../../primitives/errors.ts';

/** A path, as node:fs takes it; relative ones begin at the root of the workspace. */
export type PathLike = string | Buffer | URL;

/** What can be written as a whole. */
export type FileData =
  | string
  | NodeJS.ArrayBufferView
  | Iterable<string | NodeJS.ArrayBufferView>
  | AsyncIterable<string | NodeJS.ArrayBufferView>;

/** A name of an encoding, or options with one among them. */
export type Encoded<Options> = Options | BufferEncoding | null | undefined;

// As on a machine whose umask is 022; chmod sets bits as they are given.
const UMASK = 0o022;

/** The text of a path. @throws {TypeError} INVALID_ARGUMENT */
export function pathText(path: unknown, name = 'path'): string {
  if (typeof path === 'string') return path;
  if (path instanceof URL) return fileURLToPath(path);
  if (path instanceof Uint8Array) return Buffer.from(path).toString('utf8');
  throw wrongType(name, 'a string, Buffer or URL', path);
}

/** Permission bits from a number or octal digits. @throws {TypeError} {RangeError} INVALID_ARGUMENT */
export function permissionBits(mode: unknown): number {
  const bits = typeof mode === 'string' && /^[0-7]+$/.test(mode) ? Number.parseInt(mode, 8) : mode;
  if (typeof bits !== 'number') throw wrongType('mode', 'a number or octal digits', mode);
  if (!Number.isInteger(bits) || bits < 0 || bits > 0xffff_ffff) {
    throw wrongValue('mode', 'permission bits', mode);
  }
  return bits & 0o777;
}

/** The bits of a file that is made. */
export function newMode(mode: unknown, fallback: number): number {
  return (mode === undefined || mode === null ? fallback : permissionBits(mode)) & ~UMASK;
}

/** Options, where the name of an encoding may stand for them. @throws {TypeError} INVALID_ARGUMENT */
export function callOptions<Options extends object>(
  options: Encoded<Options>,
): Partial<Options> & { readonly encoding?: unknown } {
  if (options === undefined || options === null) return {};
  if (typeof options === 'string') return { encoding: options } as never;
  if (typeof options === 'object') return options;
  throw wrongType('options', 'an object or the name of an encoding', options);
}

/** Bytes as they are, or as text. */
export function encoded(bytes: Buffer, encoding: unknown): Buffer | string {
  const name = encoding === 'buffer' ? undefined : checkEncoding(encoding);
  return name === undefined ? bytes : bytes.toString(name);
}

/** A name as text, or as bytes when `buffer` is asked for. */
export function encodedName(name: string, encoding: unknown): string | Buffer {
  if (encoding === 'buffer') return Buffer.from(name);
  const known = checkEncoding(encoding) ?? 'utf8';
  return known === 'utf8' ? name : Buffer.from(name).toString(known);
}

/** The bytes of a piece of what is written. @throws {TypeError} INVALID_ARGUMENT */
export function bytesOf(data: unknown, encoding?: unknown, name = 'data'): Buffer {
  if (typeof data === 'string') return Buffer.from(data, checkEncoding(encoding) ?? 'utf8');
  if (isView(data)) return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  throw wrongType(name, 'a string, Buffer, TypedArray or DataView', data);
}

/** Whether it is a Buffer, another typed array or a DataView. */
export function isView(value: unknown): value is NodeJS.ArrayBufferView {
  return ArrayBuffer.isView(value);
}

/** Everything that is to be written, read to its end. */
export async function allBytesOf(data: unknown, encoding?: unknown): Promise<Buffer> {
  if (typeof data === 'string' || isView(data)) return bytesOf(data, encoding);
  if (!isIterable(data)) throw wrongType('data', 'a string, view, iterable or stream', data);
  const pieces: Buffer[] = [];
  for await (const piece of data) pieces.push(Buffer.from(bytesOf(piece, encoding)));
  return Buffer.concat(pieces);
}

/** A time in ms since 1970 from a Date, seconds, or either as text. @throws {TypeError} INVALID_ARGUMENT */
export function timeOf(time: unknown, name: string): number {
  const ms = time instanceof Date ? time.getTime() : secondsOf(time) * 1000;
  if (Number.isFinite(ms)) return Math.trunc(ms);
  throw wrongType(name, 'a Date or seconds since 1970', time);
}

function secondsOf(time: unknown): number {
  if (typeof time === 'number') return time;
  return typeof time === 'string' && time.trim() !== '' ? Number(time) : Number.NaN;
}

function isIterable(data: unknown): data is AsyncIterable<unknown> | Iterable<unknown> {
  if (typeof data !== 'object' || data === null) return false;
  return Symbol.asyncIterator in data || Symbol.iterator in data;
}
