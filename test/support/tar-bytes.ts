/** Tar archives written by hand, as nobody's tar would write them. */

/** A header and what is behind it, every field as it is given. */
export interface Member {
  readonly name: string | Buffer;
  readonly type?: string;
  readonly mode?: number;
  readonly link?: string;
  readonly content?: string;
  /** What the field says instead of the size of the content. */
  readonly size?: string | Buffer;
  /** Records of a pax header before it. */
  readonly pax?: Readonly<Record<string, string>>;
}

/** The bytes of an archive with these members and an end. */
export function makeTar(members: readonly Member[]): Buffer {
  return Buffer.concat([...members.flatMap(blocksOf), Buffer.alloc(1024)]);
}

function blocksOf({ pax, ...member }: Member): Buffer[] {
  const content = Buffer.from(member.content ?? '');
  const padding = Buffer.alloc((512 - (content.length % 512)) % 512);
  const blocks = [headerOf(member, content.length), content, padding];
  if (pax === undefined) return blocks;
  const records = Object.entries(pax).map(([key, value]) => recordOf(` ${key}=${value}\n`));
  return [...blocksOf({ name: 'pax', type: 'x', content: records.join('') }), ...blocks];
}

function headerOf({ name, type, mode, link, size }: Member, length: number): Buffer {
  const block = Buffer.alloc(512);
  const put = (value: string | Buffer, offset: number): void => {
    block.set(typeof value === 'string' ? Buffer.from(value) : value, offset);
  };
  put(name, 0);
  put((mode ?? 0o644).toString(8).padStart(7, '0'), 100);
  put(size ?? length.toString(8).padStart(11, '0'), 124);
  put('00000000000', 136);
  put(type ?? '0', 156);
  put(link ?? '', 157);
  put('ustar\u000000', 257);
  put('        ', 148);
  const sum = block.reduce((total, byte) => total + byte, 0);
  put(`${sum.toString(8).padStart(6, '0')}\0`, 148);
  return block;
}

function recordOf(rest: string): string {
  const bytes = Buffer.byteLength(rest);
  const length = [1, 2, 3, 4].find((digits) => String(bytes + digits).length === digits) ?? 0;
  return `${bytes + length}${rest}`;
}
