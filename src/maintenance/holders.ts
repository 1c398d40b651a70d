/** Tells whether the process behind a pin or a lease is gone. */

import {
  bootOf,
  decodeProcessToken,
  isAlive,
  type Liveness,
  ownBoot,
} from '../primitives/process-token.ts';

/**
 * Whether a holder's process lives. A holder is a process token, followed by `#` and a part of its
 * own in the case of pins.
 *
 * A process from before the last boot is dead: the log of a store is shared through memory, so all
 * its users run on one machine.
 */
export function holderLiveness(holder: string): Liveness {
  const end = holder.indexOf('#');
  const token = decodeProcessToken(end < 0 ? holder : holder.slice(0, end));
  if (token === undefined) return 'unknown';
  const liveness = isAlive(token);
  if (liveness !== 'unknown') return liveness;
  const boot = bootOf(token.namespace);
  const ours = ownBoot();
  return boot !== '' && ours !== '' && boot !== ours ? 'dead' : 'unknown';
}
