/** Commands that lay links and move directories so that the host follows them. */

import { describe } from 'vitest';
import { USERS } from '../support/as-user.ts';
import { describeOverlay } from '../support/overlay-host.ts';
import { type Attacker, itResistsLinks } from './support/path-attacks.ts';

const root = USERS[0] ?? { name: '', uid: undefined };
const ordinary = USERS.at(-1) ?? root;

// Each pair of two things once. All of all three: npm run test:faults.
const ATTACKERS: readonly Attacker[] = [
  { user: root, profile: 'standard', way: 'run' },
  { user: ordinary, profile: 'restricted', way: 'session' },
  { user: ordinary, profile: 'standard', way: 'start' },
  { user: root, profile: 'restricted', way: 'tty' },
];

await describeOverlay('restricted', 'links that a command leaves', () => {
  describe.each(ATTACKERS)('as $user.name, $profile, by $way', itResistsLinks);
});

describe('links that a command in a directory leaves', () => {
  describe.each([ordinary])('as $name', (user) => {
    itResistsLinks({ user, profile: undefined, way: 'run' });
  });
});
