import { describe, it } from 'vitest';
import { checkConvergence } from '../support/convergence.ts';

describe('three replicas that do random things, and push and pull in any order', () => {
  it('show the same tree when all have heard of everything', () => checkConvergence(4));
});
