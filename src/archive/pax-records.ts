/**
 * The records of a pax header: what a tar header has no room for. Each is its own length in bytes, a
 * space, a key, `=`, a value and a line feed.
 */

/** Values by key. They are bytes: only some are text. */
export type PaxRecords = ReadonlyMap<string, Buffer>;

const LINE_FEED = 0x0a;

/** The records, or undefined when they are damaged. */
export function decodePax(bytes: Buffer): Map<string, Buffer> | undefined {
  const records = new Map<string, Buffer>();
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(' ', at);
    const length = space < 0 ? '' : bytes.toString('latin1', at, space);
    const end = at + Number(length);
    if (!/^[1-9]\d{0,9}$/.test(length) || end > bytes.length) return undefined;
    const equals = bytes.indexOf('=', space);
    if (equals < 0 || equals >= end || bytes[end - 1] !== LINE_FEED) return undefined;
    const key = bytes.toString('utf8', space + 1, equals);
    records.set(key, Buffer.from(bytes.subarray(equals + 1, end - 1)));
    at = end;
  }
  return records;
}

/** The records as bytes, in the order in which they are given. */
export function encodePax(records: Iterable<readonly [key: string, value: string]>): Buffer {
  return Buffer.concat([...records].map(([key, value]) => encodeRecord(key, value)));
}

function encodeRecord(key: string, value: string): Buffer {
  const record = ` ${key}=${value}\n`;
  const bytes = Buffer.byteLength(record);
  // The length counts its own digits, which may make it a digit longer.
  let length = bytes + String(bytes).length;
  length = bytes + String(length).length;
  return Buffer.from(`${length}${record}`);
}

/** Milliseconds since 1970 from seconds with decimals, such as `1700000000.123`. */
export function decodeTime(value: Buffer): number | undefined {
  const match = /^(-?)(\d+)(?:\.(\d*))?$/.exec(value.toString('latin1'));
  if (match === null) return undefined;
  const [, sign, seconds = '', decimals = ''] = match;
  // By digits: 1.001 * 1000 is less than 1001.
  const milliseconds = Number(seconds) * 1000 + Number(decimals.slice(0, 3).padEnd(3, '0'));
  if (milliseconds === 0) return 0;
  return sign === '-' ? -milliseconds : milliseconds;
}

/** The other way around. */
export function encodeTime(milliseconds: number): string {
  const absolute = Math.abs(milliseconds);
  const decimals = String(absolute % 1000).padStart(3, '0');
  return `${milliseconds < 0 ? '-' : ''}${Math.floor(absolute / 1000)}.${decimals}`;
}
