import { describe, it } from 'vitest';
import { canExchange } from '../support/exchange.ts';
import { OPERATIONS, raceWithLinks } from '../workspace/support/link-races.ts';

describe.skipIf(!canExchange)('links that take the place of directories, 1,000 times', () => {
  it.each(Object.entries(OPERATIONS))('are never followed by %s', (_, operation) =>
    raceWithLinks(operation, 1000),
  );
});
