/** Where clients come from: networks in CIDR notation, and the addresses of this machine. */

import { BlockList, isIP } from 'node:net';
import { AgentFSError } from '../../index.ts';

const FAMILY = { 4: 'ipv4', 6: 'ipv6' } as const;

/** A set of networks. */
export class Networks {
  readonly #list = new BlockList();

  /** @throws {AgentFSError} INVALID_ARGUMENT for what is no address or network. */
  constructor(cidrs: readonly string[]) {
    for (const cidr of cidrs) {
      const { address, prefix, family } = parseCidr(cidr);
      this.#list.addSubnet(address, prefix, FAMILY[family]);
    }
  }

  /** Whether an address is in one of them. */
  has(address: string): boolean {
    const plain = plainAddress(address);
    const family = isIP(plain);
    return (family === 4 || family === 6) && this.#list.check(plain, FAMILY[family]);
  }
}

/** The networks that only this machine is in. */
export const LOOPBACK: Networks = new Networks(['127.0.0.0/8', '::1/128']);

/** An IPv4 address that came over IPv6, as IPv4; others as they are. */
export function plainAddress(address: string): string {
  return address.toLowerCase().startsWith('::ffff:') && address.includes('.')
    ? address.slice(address.lastIndexOf(':') + 1)
    : address;
}

function parseCidr(text: string): { address: string; prefix: number; family: 4 | 6 } {
  const [address = '', digits, ...rest] = text.split('/');
  const family = isIP(address);
  const most = family === 4 ? 32 : 128;
  const prefix = digits === undefined ? most : Number(digits);
  const isPrefix = digits === undefined || (/^\d{1,3}$/.test(digits) && prefix <= most);
  if ((family !== 4 && family !== 6) || !isPrefix || rest.length > 0) {
    throw new AgentFSError('INVALID_ARGUMENT', `${JSON.stringify(text)} is not a network.`, {
      hint: 'Write an address with the length of its prefix, such as 10.0.0.0/8 or fd00::/8.',
    });
  }
  return { address, prefix, family };
}
