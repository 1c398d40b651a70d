/** The client of a clawdforge server for those who hand out its tokens. */

import { pathSegment } from '../http.ts';
import { type CallOptions, type ForgeAddress, ForgeConnection, type Sent } from './connection.ts';

/** A token that apps call the server with. */
export interface AppToken {
  readonly name: string;
  /** Only in the answer to its creation: the server keeps a hash. */
  readonly token: string | null;
  /** Where it may be used from; empty for anywhere that the server lets in. */
  readonly ipCidrs: readonly string[];
  readonly createdAt: string | number | null;
  readonly lastUsed: string | number | null;
  readonly enabled: boolean;
}

const TIMEOUT = 30_000;

/**
 * Makes, lists and revokes app tokens.
 *
 * @example
 * const admin = new ForgeAdmin({ baseUrl: 'http://127.0.0.1:8800', token: adminToken });
 * const { token } = await admin.createToken('cauldron', { ipCidrs: ['172.24.0.0/16'] });
 */
export class ForgeAdmin {
  readonly #connection: ForgeConnection;

  /** @throws {RangeError} if the address is none of HTTP, or the token cannot be one. */
  constructor(address: ForgeAddress) {
    this.#connection = new ForgeConnection(address);
  }

  /** Makes a token. Its text is in the result and nowhere else. */
  async createToken(
    name: string,
    options: CallOptions & { readonly ipCidrs?: readonly string[] } = {},
  ): Promise<AppToken> {
    const { ipCidrs = [], signal } = options;
    return appToken(
      await this.#connection.call({
        method: 'POST',
        path: '/admin/tokens',
        json: { name, ip_cidrs: ipCidrs },
        timeout: TIMEOUT,
        signal,
      }),
    );
  }

  /** All tokens, without their texts. */
  async listTokens({ signal }: CallOptions = {}): Promise<AppToken[]> {
    const call = { method: 'GET', path: '/admin/tokens', timeout: TIMEOUT, signal } as const;
    return (await this.#connection.list('tokens', call)).map(appToken);
  }

  /**
   * Takes a token out of use.
   *
   * @throws {ForgeAPIError} with status 404 if no token has this name.
   */
  async revokeToken(name: string, { signal }: CallOptions = {}): Promise<true> {
    const path = `/admin/tokens/${pathSegment('name of a token', name)}`;
    await this.#connection.send({ method: 'DELETE', path, timeout: TIMEOUT, signal });
    return true;
  }

  /** Ends the client's connections. */
  close(): void {
    this.#connection.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** Lists have the addresses as one text with commas, new tokens as a list. */
function appToken(sent: Sent): AppToken {
  const { name, token = null, createdAt = null, lastUsed = null } = sent as Partial<AppToken>;
  const { ipCidrs, enabled } = sent;
  const cidrs = typeof ipCidrs === 'string' ? ipCidrs.split(',') : ipCidrs;
  const trimmed = Array.isArray(cidrs) ? cidrs.map((each) => String(each).trim()) : [];
  return {
    ...{ name: name ?? '', token, createdAt, lastUsed },
    ipCidrs: trimmed.filter((each) => each !== ''),
    // Older servers say 0 and 1.
    enabled: enabled === undefined || Boolean(enabled),
  };
}
