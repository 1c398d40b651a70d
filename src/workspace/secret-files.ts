/** The files in which secrets of agentfs are, so that commands can be kept from them. */

import { join, resolve } from 'node:path';
import type { Engine } from './engine.ts';

const FILE = 'file:';

/** Absolute paths of token files, as configured and of each remote, and of the user's settings. */
export function secretFiles({ config, store, basePath, env }: Engine): string[] {
  const configured = config.get('sync.turso.token_file');
  const ofRemotes = store.remotes
    .all()
    .flatMap(({ token, sealKey }) => [token, sealKey])
    .filter((reference) => reference.startsWith(FILE))
    .map((reference) => reference.slice(FILE.length));
  const configHome = env['XDG_CONFIG_HOME'] ?? '';
  return [
    ...(configured === undefined ? [] : [resolve(basePath, configured)]),
    ...ofRemotes.map((path) => resolve(basePath, path)),
    ...(configHome === '' ? [] : [join(configHome, 'agentfs')]),
  ];
}
