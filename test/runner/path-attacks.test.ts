/** Commands that lay links and move directories so that the host follows them. */

import { describe } from 'vitest';
import { USERS } from '../support/as-user.ts';
import { describeOverlay } from '../support/overlay-host.ts';
import { itResistsLinks } from './support/path-attacks.ts';

// Each user with each profile: npm run test:faults.
await describeOverlay('restricted', 'links that a command leaves', () => {
  describe.each(USERS)('as $name', (user) => {
    // With limits on the disk, which only this profile has, its changes lie elsewhere.
    itResistsLinks(user, user.uid === undefined ? 'standard' : 'restricted');
  });
});
