/** Directories that another process exchanges with links to elsewhere, all the time. */

import { describe, it } from 'vitest';
import { canExchange } from '../support/exchange.ts';
import { OPERATIONS, raceWithLinks } from './support/link-races.ts';

// The same for longer: npm run test:faults.
describe.skipIf(!canExchange)('links that take the place of directories', () => {
  it.each(Object.entries(OPERATIONS))('are never followed by %s', (_, operation) =>
    raceWithLinks(operation, 12),
  );
});
