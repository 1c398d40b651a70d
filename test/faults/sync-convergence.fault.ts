import { describe, it } from 'vitest';
import { checkConvergence } from '../support/convergence.ts';

describe('three replicas in 500 random histories', () => {
  it('show the same tree in the end, and lose nothing', () => checkConvergence(500));
});
