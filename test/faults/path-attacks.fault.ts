import { describe } from 'vitest';
import { itResistsLinks } from '../runner/support/path-attacks.ts';
import { USERS } from '../support/as-user.ts';
import { describeOverlay } from '../support/overlay-host.ts';

const CASES = USERS.flatMap((user) =>
  (['standard', 'restricted'] as const).map((profile) => ({ user, profile, name: user.name })),
);

await describeOverlay('restricted', 'links that a command leaves', () => {
  describe.each(CASES)('as $name, $profile', ({ user, profile }) => itResistsLinks(user, profile));
});
