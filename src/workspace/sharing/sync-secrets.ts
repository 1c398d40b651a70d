/** The secrets that a sync needs: in memory, or where the store says that they are found. */

import { fromEnvironment } from '../../config/environment.ts';
import { resolveToken } from '../../config/secret.ts';
import type { RemoteRow } from '../../store/remotes.ts';
import type { RemoteAccess } from '../../sync/connect.ts';
import type { SyncSettings } from '../../sync/settings.ts';
import type { Engine } from '../core/engine.ts';

/** What a secret is for. */
export type SecretName = 'token' | 'encryptionKey';

/** A secret that is in memory, or where one is found: `env:NAME`, `file:PATH`, `''` for nowhere. */
export interface SecretSource {
  readonly reference: string;
  readonly secret: string | undefined;
}

/** The secrets of one workspace, for as long as this process has it open. */
export class SyncSecrets {
  readonly #engine: Engine;
  readonly #known = new Map<SecretName, string>();

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** Keeps a secret, or forgets it when it is found elsewhere. */
  remember(name: SecretName, { secret }: SecretSource): void {
    if (secret === undefined) this.#known.delete(name);
    else this.#known.set(name, secret);
  }

  /** Forgets all secrets. */
  forget(): void {
    this.#known.clear();
  }

  /**
   * How to get at a remote.
   *
   * @throws {ConfigError} CONFIG_INVALID when a secret is not where it should be.
   */
  accessTo(row: RemoteRow, { timeout }: SyncSettings): RemoteAccess {
    const { config, env, basePath } = this.#engine;
    const token =
      this.#find('token', row.token) ??
      config.token(env, basePath) ??
      fromEnvironment('sync.turso.token', env);
    const repetitions = config.get('network.retry_attempts');
    const encryptionKey = this.#find('encryptionKey', row.sealKey);
    return { url: row.url, token, encryptionKey, attemptMs: timeout * 1000, repetitions };
  }

  #find(name: SecretName, reference: string): string | undefined {
    const known = this.#known.get(name);
    if (known !== undefined || reference === '') return known;
    const { env, basePath: base } = this.#engine;
    const isFile = reference.startsWith('file:');
    const tokenFile = isFile ? reference.slice('file:'.length) : undefined;
    return resolveToken({ token: isFile ? undefined : reference, tokenFile, base }, env);
  }
}
