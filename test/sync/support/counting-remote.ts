/** A Remote that counts the calls of another one, and can be made to fail at one of them. */

import type { Remote } from '../../../src/sync/remote.ts';
import { SyncError } from '../../../src/sync/sync-errors.ts';

const CALLS = [
  'open',
  'readHead',
  'readRevision',
  'present',
  'readObjects',
  'writeObjects',
  'moveHead',
  'readRecords',
] as const;

/** The name of a call that goes over the wire. */
export type CallName = (typeof CALLS)[number];

/** What went over the wire. */
export interface Counted {
  readonly remote: Remote;
  readonly calls: CallName[];
  /** Fails call number `at` (from 1) before it is made, or after. */
  failAt(at: number, when: 'before' | 'after'): void;
}

/** Puts a counter before a remote. */
export function counting(remote: Remote): Counted {
  const calls: CallName[] = [];
  let fault: { readonly at: number; readonly when: 'before' | 'after' } | undefined;
  const counted = Object.fromEntries(
    CALLS.map((name) => [
      name,
      async (...args: unknown[]) => {
        calls.push(name);
        const isDue = fault?.at === calls.length;
        if (isDue && fault?.when === 'before') throw broken();
        const result: unknown = await Reflect.apply(remote[name], remote, args);
        if (isDue) throw broken();
        return result;
      },
    ]),
  );
  const { label, limits } = remote;
  return {
    remote: { label, limits, close: () => remote.close(), ...counted } as unknown as Remote,
    calls,
    failAt: (at, when) => {
      fault = { at, when };
    },
  };
}

function broken(): SyncError {
  return new SyncError('REMOTE_UNREACHABLE', 'The connection broke.', { hint: 'Try again.' });
}
