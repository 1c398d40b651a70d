import { describe, expect, it } from 'vitest';
import { canExchange, EditRace, raceWithFlips } from './support/races.ts';

// The same for longer: npm run test:faults.
describe('a base that others change while it is committed to', () => {
  it('keeps every edit that the scan had not seen', async () => {
    await new EditRace().run(12);
    expect.hasAssertions();
  });

  it.skipIf(!canExchange)('never leads out of itself when directories become links', async () => {
    await raceWithFlips(60);
    expect.hasAssertions();
  });
});
