/**
 * One header block of a tar archive: bytes to fields and back. Reads POSIX ustar, what GNU tar writes
 * instead, and the headers from before both; writes ustar.
 */

/** Everything in an archive is padded to blocks of so many bytes. */
export const BLOCK_BYTES = 512;

/** Longest name that a header holds by itself, in bytes. */
export const HEADER_NAME_BYTES = 100;

/** The largest number in a field of twelve octal digits with an end: 8 GiB, or the year 2242. */
export const LARGEST_OCTAL: number = 8 ** 11 - 1;

/** What a header says. Names are bytes, as their encoding is not known. */
export interface TarHeader {
  readonly name: Buffer;
  readonly linkName: Buffer;
  /** The character that tells what it is: `0` a file, `5` a directory ... */
  readonly type: string;
  readonly mode: number;
  /** Bytes of content behind the header. */
  readonly size: number;
  /** Seconds since 1970. */
  readonly mtime: number;
}

/** Offset and length of each field. */
const FIELDS = {
  name: [0, 100],
  mode: [100, 8],
  uid: [108, 8],
  gid: [116, 8],
  size: [124, 12],
  mtime: [136, 12],
  checksum: [148, 8],
  type: [156, 1],
  linkName: [157, 100],
  magic: [257, 8],
  prefix: [345, 155],
} as const;

type Field = keyof typeof FIELDS;

const USTAR = 'ustar\u000000';
const SPACE = 0x20;

/** The fields of a block, or undefined when it is no header: its checksum or a number is wrong. */
export function decodeHeader(block: Buffer): TarHeader | undefined {
  if (numberIn(block, 'checksum') !== checksumOf(block)) return undefined;
  const mode = numberIn(block, 'mode');
  const size = numberIn(block, 'size');
  const mtime = numberIn(block, 'mtime');
  if (mode === undefined || size === undefined || size < 0 || mtime === undefined) return undefined;
  const name = bytesIn(block, 'name');
  // GNU tar has other things where ustar has the prefix, and a magic that ends in a space.
  const isUstar = fieldOf(block, 'magic').toString('latin1').startsWith('ustar\0');
  const prefix = isUstar ? bytesIn(block, 'prefix') : Buffer.alloc(0);
  return {
    name: prefix.length === 0 ? name : Buffer.concat([prefix, Buffer.from('/'), name]),
    linkName: bytesIn(block, 'linkName'),
    type: bytesIn(block, 'type').toString('latin1') || '0',
    mode,
    size,
    mtime,
  };
}

/** A header block. Numbers have to fit, names are cut: what does not fit belongs in pax records. */
export function encodeHeader(header: TarHeader): Buffer {
  const block = Buffer.alloc(BLOCK_BYTES);
  const put = (field: Field, value: Uint8Array): void => {
    const [offset, length] = FIELDS[field];
    block.set(value.subarray(0, length), offset);
  };
  const putNumber = (field: Field, value: number): void => {
    const digits = FIELDS[field][1] - 1;
    put(field, Buffer.from(value.toString(8).padStart(digits, '0')));
  };
  put('name', header.name);
  putNumber('mode', header.mode);
  // Its owner is the user who unpacks it: equal trees give equal archives on every machine.
  putNumber('uid', 0);
  putNumber('gid', 0);
  putNumber('size', header.size);
  putNumber('mtime', header.mtime);
  put('type', Buffer.from(header.type));
  put('linkName', header.linkName);
  put('magic', Buffer.from(USTAR));
  put('checksum', Buffer.from(`${checksumOf(block).toString(8).padStart(6, '0')}\0 `));
  return block;
}

/** Whether the block holds nothing but zeros, as the end of an archive does. */
export function isZeros(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}

/** Bytes after the content that fill its last block. */
export function paddingOf(size: number): number {
  return (BLOCK_BYTES - (size % BLOCK_BYTES)) % BLOCK_BYTES;
}

/** The sum of all bytes, with spaces where the sum itself stands. */
function checksumOf(block: Buffer): number {
  const [offset, length] = FIELDS.checksum;
  let sum = length * SPACE;
  for (const [i, byte] of block.entries()) {
    if (i < offset || i >= offset + length) sum += byte;
  }
  return sum;
}

function fieldOf(block: Buffer, field: Field): Buffer {
  const [offset, length] = FIELDS[field];
  return block.subarray(offset, offset + length);
}

/** A copy of a field up to its first NUL. */
function bytesIn(block: Buffer, field: Field): Buffer {
  const bytes = fieldOf(block, field);
  const end = bytes.indexOf(0);
  return Buffer.from(end < 0 ? bytes : bytes.subarray(0, end));
}

/** Octal digits, or with the first bit set a number of base 256; undefined when it is neither. */
function numberIn(block: Buffer, field: Field): number | undefined {
  const bytes = fieldOf(block, field);
  if ((bytes[0] ?? 0) >= 0x80) return binaryNumber(bytes);
  const text = bytes.toString('latin1').replaceAll('\0', ' ').trim();
  if (text === '') return 0;
  return /^[0-7]+$/.test(text) ? Number.parseInt(text, 8) : undefined;
}

function binaryNumber(bytes: Buffer): number | undefined {
  // 0x80 leads a positive number, 0xff a negative one in two's complement.
  const isNegative = bytes[0] === 0xff;
  const rest = bytes.subarray(1).toString('hex');
  const value = BigInt(`0x${rest}`) - (isNegative ? 1n << BigInt(4 * rest.length) : 0n);
  return Number.isSafeInteger(Number(value)) ? Number(value) : undefined;
}
