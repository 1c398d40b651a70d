/** The forms in which a file handle takes its arguments. */

import { wrongType, wrongValue } from '../../primitives/errors.ts';
import { isView } from './call-arguments.ts';

const READ_BYTES = 16 * 1024;

/** Where `read` puts what it reads. */
export interface ReadOptions<Into extends NodeJS.ArrayBufferView = Buffer> {
  readonly buffer?: Into | undefined;
  /** Where in the buffer; default 0. */
  readonly offset?: number | null | undefined;
  /** Bytes at most; default up to the end of the buffer. */
  readonly length?: number | null | undefined;
  /** Where in the file; default, and with null or -1, the position of the handle. */
  readonly position?: number | bigint | null | undefined;
}

/** A part of a buffer and a place in the file; undefined for the position of the handle. */
export interface Part<View extends NodeJS.ArrayBufferView> {
  readonly buffer: View;
  readonly bytes: Buffer;
  readonly position: number | undefined;
}

/** What `read` was asked for. @throws {TypeError} {RangeError} INVALID_ARGUMENT */
export function readPart(
  first: unknown,
  second: unknown,
  length: unknown,
  position: unknown,
): Part<NodeJS.ArrayBufferView> {
  if (!isView(first)) return partOf({ buffer: Buffer.alloc(READ_BYTES), ...optionsOf(first) });
  if (typeof second === 'object') return partOf({ ...optionsOf(second), buffer: first });
  return partOf({ buffer: first, offset: second, length, position });
}

/** What `write` was asked for. @throws {TypeError} {RangeError} INVALID_ARGUMENT */
export function writePart(
  buffer: NodeJS.ArrayBufferView,
  second: unknown,
  length: unknown,
  position: unknown,
): Part<NodeJS.ArrayBufferView> {
  if (typeof second === 'object') return partOf({ ...optionsOf(second), buffer });
  return partOf({ buffer, offset: second, length, position });
}

/** A place in a file; undefined for the position of the handle. @throws {TypeError} {RangeError} */
export function filePosition(position: unknown): number | undefined {
  if (position === undefined || position === null) return undefined;
  const number = typeof position === 'bigint' ? Number(position) : position;
  if (typeof number !== 'number') throw wrongType('position', 'a number', position);
  if (number === -1) return undefined;
  return wholeNumber('position', number, Number.MAX_SAFE_INTEGER);
}

/** Several views, in whose order bytes are read or written. @throws {TypeError} INVALID_ARGUMENT */
export function viewsOf(buffers: unknown): Buffer[] {
  if (!Array.isArray(buffers)) throw wrongType('buffers', 'an array of views', buffers);
  return buffers.map((view: unknown) => {
    if (!isView(view)) throw wrongType('each of buffers', 'a view', view);
    return Buffer.from(view.buffer, view.byteOffset, view.byteLength);
  });
}

function partOf(given: {
  readonly buffer?: unknown;
  readonly offset?: unknown;
  readonly length?: unknown;
  readonly position?: unknown;
}): Part<NodeJS.ArrayBufferView> {
  const { buffer } = given;
  if (!isView(buffer)) throw wrongType('buffer', 'a view', buffer);
  const { byteLength } = buffer;
  const offset = wholeNumber('offset', given.offset ?? 0, byteLength);
  const length = wholeNumber('length', given.length ?? byteLength - offset, byteLength - offset);
  const bytes = Buffer.from(buffer.buffer, buffer.byteOffset + offset, length);
  return { buffer, bytes, position: filePosition(given.position) };
}

function optionsOf(value: unknown): object {
  if (value === undefined || value === null) return {};
  if (typeof value !== 'object') throw wrongType('buffer', 'a view or options', value);
  return value;
}

function wholeNumber(name: string, value: unknown, most: number): number {
  if (typeof value !== 'number') throw wrongType(name, 'a number', value);
  if (Number.isSafeInteger(value) && value >= 0 && value <= most) return value;
  throw wrongValue(name, `a whole number from 0 to ${most}`, value);
}
