/** Who is there: holders of tokens that are let in, and connections that need none. */

import { AgentFSError, type Clock } from '../../index.ts';
import type { ServiceStore } from '../../store/service-store.ts';
import { OWNER, type Principal } from './access.ts';
import { LOOPBACK, Networks, plainAddress } from './addresses.ts';
import { hashOf, isSameHash } from './token-secret.ts';

/** What a request brings along. */
export interface Credentials {
  /** Undefined when none was sent. */
  readonly token: string | undefined;
  /** The address that it comes from. */
  readonly address: string;
}

/** Whom to let in besides the holders of tokens in the store. */
export interface Admission {
  /** Tokens of role admin that are not in the store. */
  readonly adminTokens?: readonly string[] | undefined;
  /** Networks that may come besides this machine; default any. */
  readonly allowedCidrs?: readonly string[] | undefined;
}

/** A connection that needs no token. */
export interface AgentRequest {
  readonly name?: string;
  readonly workspace: string;
  readonly permissions?: Readonly<Record<string, unknown>>;
}

/** How exact the time of the last use is. */
const TOUCH_MS = 60_000;

/** Knows the principals. */
export class PrincipalRegistry {
  readonly #store: ServiceStore;
  readonly #clock: Clock;
  readonly #admin: Principal;
  #adminHashes: readonly Buffer[] = [];
  #allowed: Networks | undefined;

  /** @throws {AgentFSError} INVALID_ARGUMENT as {@link admit} says. */
  constructor(store: ServiceStore, clock: Clock, admission: Admission) {
    this.#store = store;
    this.#clock = clock;
    this.#admin = { ...OWNER, id: store.numbers.take(), name: 'admin' };
    this.admit(admission);
    // Their connections have gone with the daemon that they were to.
    store.principals.deleteAgents();
  }

  /**
   * Changes whom to let in.
   *
   * @throws {AgentFSError} INVALID_ARGUMENT for what is no network; everything is as it was then.
   */
  admit({ adminTokens = [], allowedCidrs }: Admission): void {
    this.#allowed = allowedCidrs === undefined ? undefined : new Networks(allowedCidrs);
    this.#adminHashes = adminTokens.map(hashOf);
  }

  /**
   * Who is asking.
   *
   * @throws {AgentFSError} UNAUTHENTICATED for no token, and for one that is unknown, revoked or
   *   expired: which of them is not said. PERMISSION_DENIED for an address that is not let in.
   */
  authenticate({ token, address }: Credentials): Principal {
    this.requireAddress(address);
    const principal = token === undefined ? undefined : this.#holderOf(token);
    if (principal === undefined) {
      throw new AgentFSError('UNAUTHENTICATED', 'A valid token is needed.', {
        hint: 'Make one with agentfs token create, and send it as Authorization: Bearer TOKEN.',
      });
    }
    const { ipCidrs, name } = principal;
    if (ipCidrs.length > 0 && !new Networks(ipCidrs).has(address)) {
      throw notFrom(address, `The token '${name}' is not for`);
    }
    return principal;
  }

  /**
   * Makes sure that an address may come at all; this machine always may.
   *
   * @throws {AgentFSError} PERMISSION_DENIED.
   */
  requireAddress(address: string): void {
    if (this.#allowed === undefined || LOOPBACK.has(address) || this.#allowed.has(address)) return;
    throw notFrom(address, 'Nobody is let in from');
  }

  /**
   * Takes in a connection that needs no token.
   *
   * @throws {AgentFSError} INVALID_ARGUMENT when the name is taken.
   */
  connect({ name = '', workspace, permissions = {} }: AgentRequest): Principal {
    const { database, principals, numbers } = this.#store;
    return database.transaction(() => {
      this.#requireFree(name, 0);
      const principal: Principal = {
        ...OWNER,
        ...{ id: numbers.take(), name, role: 'agent', workspace, permissions },
        ...{ scopes: [], workspaces: [workspace], createdAt: this.#clock.now() },
      };
      principals.insert(principal);
      return principal;
    });
  }

  /** Forgets a connection; its number is not given again. */
  disconnect(id: number): void {
    this.#store.principals.delete(id);
  }

  /** A principal by its number, or undefined. */
  get(id: number): Principal | undefined {
    return this.#store.principals.get(id);
  }

  /** An agent by its name, or undefined. */
  agent(name: string): Principal | undefined {
    return this.#store.principals.agent(name);
  }

  /**
   * Changes an agent.
   *
   * @returns the agent as it is then; undefined when there is none.
   * @throws {AgentFSError} INVALID_ARGUMENT when the name is taken.
   */
  update(
    id: number,
    change: Partial<Pick<Principal, 'name' | 'permissions' | 'workspace'>>,
  ): Principal | undefined {
    const { database, principals } = this.#store;
    return database.transaction(() => {
      const principal = principals.get(id);
      if (principal === undefined) return undefined;
      if (change.name !== undefined) this.#requireFree(change.name, id);
      const changed = { ...principal, ...change };
      principals.update(changed);
      return changed;
    });
  }

  #requireFree(name: string, id: number): void {
    const other = this.#store.principals.agent(name);
    if (other === undefined || other.id === id) return;
    throw new AgentFSError('INVALID_ARGUMENT', `There is an agent '${name}' already.`, {
      hint: 'Choose another name.',
    });
  }

  #holderOf(token: string): Principal | undefined {
    const hash = hashOf(token);
    if (this.#adminHashes.some((each) => isSameHash(hash, each))) return this.#admin;
    const found = this.#store.principals.ofToken(hash);
    if (found?.tokenHash == null || !isSameHash(hash, found.tokenHash)) return undefined;
    const now = this.#clock.now();
    if (!found.enabled || (found.expiresAt !== null && found.expiresAt <= now)) return undefined;
    if (Math.abs(now - (found.lastUsedAt ?? 0)) > TOUCH_MS) {
      this.#store.principals.touch(found.id, now);
    }
    return found;
  }
}

function notFrom(address: string, what: string): AgentFSError {
  return new AgentFSError('PERMISSION_DENIED', `${what} ${plainAddress(address)}.`, {
    hint: 'Ask the owner of the daemon to allow this address.',
  });
}
