/** Making, listing and revoking tokens; the daemon need not run for it. */

import { AgentFSError, type Clock } from '../../index.ts';
import { systemClock } from '../../primitives/clock.ts';
import { compileGlobs } from '../../primitives/glob.ts';
import type { Role } from '../../store/principals.ts';
import { ServiceStore } from '../../store/service-store.ts';
import { type Principal, SCOPES, type Scope } from './access.ts';
import { Networks } from './addresses.ts';
import { hashOf, newSecret } from './token-secret.ts';

/** What a token is to be like. */
export interface TokenRequest {
  readonly name: string;
  readonly role: Exclude<Role, 'agent'>;
  /** Default all for `admin`, else all but `admin`. */
  readonly scopes?: readonly Scope[] | undefined;
  /** Globs; default `*`. */
  readonly workspaces?: readonly string[] | undefined;
  /** Default any. */
  readonly project?: string | undefined;
  /** Default anywhere. */
  readonly ipCidrs?: readonly string[] | undefined;
  /** Ms since 1970; default never. */
  readonly expiresAt?: number | undefined;
}

/** A token that was made: the only time that it is told. */
export interface MadeToken {
  readonly token: string;
  readonly principal: Principal;
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9._@-]{0,127}$/;
const USUAL_SCOPES: readonly Scope[] = ['read', 'write', 'run'];

/** The tokens of a store. */
export class Tokens {
  readonly #store: ServiceStore;
  readonly #clock: Clock;

  constructor(store: ServiceStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /**
   * Makes a token.
   *
   * @throws {AgentFSError} TOKEN_EXISTS; INVALID_ARGUMENT, INVALID_PATTERN.
   */
  create(request: TokenRequest): MadeToken {
    const { name, role, workspaces = ['*'], ipCidrs = [], project = '' } = request;
    if (!NAME.test(name)) {
      throw new AgentFSError('INVALID_ARGUMENT', `${JSON.stringify(name)} cannot name a token.`, {
        hint: 'Use letters, digits, dots, dashes, underscores and @, and begin with a letter or digit.',
      });
    }
    new Networks(ipCidrs);
    compileGlobs(workspaces, 'workspaces');
    const scopes = request.scopes ?? (role === 'admin' ? SCOPES : USUAL_SCOPES);
    const token = newSecret(role);
    const { database, principals, numbers } = this.#store;
    const principal = database.transaction(() => {
      if (principals.token(name) !== undefined) {
        throw new AgentFSError('TOKEN_EXISTS', `There is a token '${name}' already.`, {
          hint: `Revoke it with agentfs token revoke ${name}, or choose another name.`,
        });
      }
      const made: Principal = {
        ...{ id: numbers.take(), name, role, tokenHash: hashOf(token), scopes, workspaces },
        ...{ project, ipCidrs, permissions: {}, workspace: '', enabled: true },
        ...{ createdAt: this.#clock.now(), lastUsedAt: null },
        expiresAt: request.expiresAt ?? null,
      };
      principals.insert(made);
      return made;
    });
    return { token, principal };
  }

  /** All of them, revoked ones too, the oldest first. */
  list(): Principal[] {
    return this.#store.principals.tokens();
  }

  /**
   * Revokes a token: from now on it opens nothing.
   *
   * @throws {AgentFSError} TOKEN_NOT_FOUND.
   */
  revoke(name: string): Principal {
    const { database, principals } = this.#store;
    return database.transaction(() => {
      const principal = principals.token(name);
      if (principal === undefined) {
        throw new AgentFSError('TOKEN_NOT_FOUND', `There is no token '${name}'.`, {
          hint: 'List the tokens with agentfs token list.',
        });
      }
      const revoked = { ...principal, enabled: false };
      principals.update(revoked);
      return revoked;
    });
  }
}

/** A token without anything that would open a door. */
export interface TokenForm {
  readonly name: string;
  readonly role: Role;
  readonly scopes: readonly string[];
  readonly workspaces: readonly string[];
  readonly project: string | null;
  readonly ipCidrs: readonly string[];
  readonly enabled: boolean;
  /** Times in ISO 8601. */
  readonly createdAt: string;
  readonly lastUsedAt: string | null;
  readonly expiresAt: string | null;
}

/** A token as programs and people see it. */
export function tokenForm(principal: Principal): TokenForm {
  const { name, role, scopes, workspaces, project, ipCidrs, enabled } = principal;
  return {
    ...{ name, role, scopes, workspaces, project: project || null, ipCidrs, enabled },
    createdAt: new Date(principal.createdAt).toISOString(),
    lastUsedAt: timeOf(principal.lastUsedAt),
    expiresAt: timeOf(principal.expiresAt),
  };
}

/** Works with the tokens in a store, whether a daemon runs or not. */
export function withTokens<T>(path: string, action: (tokens: Tokens) => T): T {
  const store = new ServiceStore(path);
  try {
    return action(new Tokens(store, systemClock));
  } finally {
    store.close();
  }
}

function timeOf(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}
