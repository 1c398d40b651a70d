import { describe, expect, it } from 'vitest';
import { killAtRequest } from '../sync/support/sync-kills.ts';

describe.each(['push', 'pull'] as const)('a process that is killed in a %s', (kind) => {
  it.each(['before', 'after'] as const)(
    'at any request, %s it is applied, leaves what the next one finishes',
    async (moment) => {
      let killed = 0;
      while (await killAtRequest(kind, moment, killed + 1)) killed += 1;
      expect(killed).toBeGreaterThan(3);
    },
  );
});
