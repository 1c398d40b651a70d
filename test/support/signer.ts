/** Who stands up for what is in the stores of tests. */

import { readUserSecret } from '../../src/config/user-secret.ts';
import { Signer } from '../../src/primitives/signer.ts';

/** For stores that a test opens by itself, also in several processes. */
export const TEST_SIGNER: Signer = new Signer(Buffer.alloc(32, 1));

/** The one that an AgentFS of this process signs with. */
export function userSigner(): Signer {
  return new Signer(readUserSecret(process.env['XDG_CONFIG_HOME'] ?? '').bytes);
}
