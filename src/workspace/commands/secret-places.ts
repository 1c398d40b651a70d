/** Where the secrets of agentfs are, so that commands can be kept from them. */

import { join, resolve } from 'node:path';
import type { Engine } from '../core/engine.ts';

const FILE = 'file:';
const VARIABLE = 'env:';

/** Absolute paths of the files with secrets, and of the user's settings. */
export function secretFiles(engine: Engine): string[] {
  const { config, basePath, env } = engine;
  const configured = config.get('sync.turso.token_file');
  const files = [...(configured === undefined ? [] : [configured]), ...referred(engine, FILE)];
  const configHome = env['XDG_CONFIG_HOME'] ?? '';
  return [
    ...files.map((path) => resolve(basePath, path)),
    ...(configHome === '' ? [] : [join(configHome, 'agentfs')]),
  ];
}

/** The environment variables with secrets. */
export function secretVariables(engine: Engine): string[] {
  return [...engine.config.secretVariables(), ...referred(engine, VARIABLE)];
}

/**
 * What the remotes of all workspaces refer to in this way. One that came along with the project does
 * not count: it leads to no secret, and could hide anything from a command that it needs.
 */
function referred({ store, trust }: Engine, prefix: string): string[] {
  const references = store.remotes.all().flatMap((remote) => {
    const uuid = store.workspaces.get(remote.workspace)?.uuid ?? '';
    return trust.ownsRemote(uuid, remote) ? [remote.token, remote.sealKey] : [];
  });
  return references
    .filter((reference) => reference.startsWith(prefix))
    .map((reference) => reference.slice(prefix.length));
}
