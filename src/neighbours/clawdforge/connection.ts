/** How the calls of a clawdforge server are made: the token, the errors, the words of the wire. */

import {
  type ConnectionPool,
  camelCased,
  checkHeaderValue,
  type HttpAnswer,
  type HttpCall,
  HttpServer,
  isRecord,
  UnansweredError,
} from '../http.ts';
import { errorOf, ForgeTransportError } from './errors.ts';

/** Which server, and in whose name. */
export interface ForgeAddress {
  /** `http://host:port`. */
  readonly baseUrl: string;
  /** An app token (`cf_...`), or for `ForgeAdmin` the admin token. */
  readonly token: string;
  /** A pool of connections to share among several clients; it is then left open by `close`. */
  readonly agent?: ConnectionPool;
}

/** What every call takes. */
export interface CallOptions {
  /** Gives up the call, not what it has started on the server. */
  readonly signal?: AbortSignal;
}

/** An object that a server sent, with its keys in camelCase. */
export type Sent = Readonly<Record<string, unknown>>;

/** Calls one server. */
export class ForgeConnection {
  readonly #server: HttpServer;

  constructor({ baseUrl, token, agent }: ForgeAddress) {
    const headers = { Authorization: `Bearer ${checkHeaderValue('token', token)}` };
    this.#server = new HttpServer({ baseUrl, headers, pool: agent });
  }

  /**
   * Makes a call, whatever it answers with.
   *
   * @throws {ForgeAPIError} if the server says no; {ForgeTransportError} if it says nothing.
   */
  async send(call: HttpCall): Promise<HttpAnswer> {
    const answer = await this.#server.send(call).catch((error: unknown) => {
      if (!(error instanceof UnansweredError)) throw error;
      const message = `clawdforge cannot be reached: ${error.message}`;
      throw new ForgeTransportError(message, { cause: error.cause });
    });
    if (answer.status >= 300) throw errorOf(answer);
    return answer;
  }

  /** Makes a call that answers with an object. */
  async call(call: HttpCall): Promise<Sent> {
    const answer = await this.send(call);
    if (!isRecord(answer.json)) throw errorOf(answer);
    return camelCased(answer.json);
  }

  /** Makes a call that answers with objects: bare, or below `name`. */
  async list(name: string, call: HttpCall): Promise<Sent[]> {
    const answer = await this.send(call);
    const rows = isRecord(answer.json) ? answer.json[name] : answer.json;
    if (!Array.isArray(rows)) throw errorOf(answer);
    return rows.filter(isRecord).map(camelCased);
  }

  close(): void {
    this.#server.close();
  }
}
