/** Which agentfs this is. */

import { createRequire } from 'node:module';

/** The version of the package. */
export function packageVersion(): string {
  // By its name: where this file lies differs between the sources and the bundle.
  const manifest: { version?: string } = createRequire(import.meta.url)('agentfs/package.json');
  return manifest.version ?? 'unknown';
}
