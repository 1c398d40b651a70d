import { describe } from 'vitest';
import { itResistsLinks } from '../runner/support/path-attacks.ts';
import { USERS, WAYS } from '../support/as-user.ts';
import { describeOverlay } from '../support/overlay-host.ts';

const PROFILES = ['standard', 'restricted', undefined] as const;

const ATTACKERS = USERS.flatMap((user) =>
  PROFILES.flatMap((profile) => WAYS.map((way) => ({ user, profile, way }))),
);

await describeOverlay('restricted', 'links that a command leaves', () => {
  describe.each(ATTACKERS)('as $user.name, $profile, by $way', itResistsLinks);
});
