/** Variables that commands in an overlay need, whatever those of the host are. */

import type { SandboxProfile } from '../isolation.ts';

/** The workspace is a mount, at which git would stop to look for the repository that it is a part of. */
const GIT: Readonly<Record<string, string>> = { GIT_DISCOVERY_ACROSS_FILESYSTEM: '1' };

/** What programs cannot do without, where nothing of the host's environment is given on. */
const RESTRICTED: Readonly<Record<string, string>> = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  HOME: '/tmp',
  LANG: 'C.UTF-8',
};

/** @param caches - those for the caches of the workspace. */
export function overlayVariables(
  profile: SandboxProfile,
  caches: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  return { ...GIT, ...(profile === 'restricted' ? RESTRICTED : caches) };
}
