/** `agentfs sync pull`: fetches what others pushed, and merges it. */

import { requireAtMostOne } from '../exit-status.ts';
import { type ConflictFlags, conflictRows, conflictsOf } from '../options/conflict-options.ts';
import { syncAnswer } from '../print/print.ts';
import { defineVerb, type Verb } from './define-verb.ts';

interface PullFlags extends ConflictFlags {
  readonly force?: true;
  readonly at?: string;
  readonly version?: string;
}

export const verb: Verb = defineVerb<PullFlags>({
  workspace: true,
  options: [
    ['--force', 'replace what was changed here'],
    ['--at <time>', 'the state at a time, in ISO 8601'],
    ['--version <snapshot>', 'the state in a snapshot of this name'],
    ...conflictRows('ours takes the workspace, theirs the remote'),
  ],
  examples: [
    ['agentfs sync pull agent-1', 'get what others have pushed'],
    ['agentfs sync pull agent-1 --at 2027-01-31T12:00:00Z --force', 'go back in time'],
    ['agentfs sync pull agent-1 --version tested', 'go to a snapshot'],
  ],
  check({ at, version, force, onConflict }) {
    requireAtMostOne({ '--at': at, '--version': version });
    requireAtMostOne({ '--force': force, '--on-conflict': onConflict });
  },
  async run({ call, workspace, flags }) {
    const { force, at, version } = flags;
    const choices = await conflictsOf(call, flags);
    const { signal } = call;
    const result = await workspace.sync.pull({ force, at, version, ...choices, signal });
    return syncAnswer(call, workspace.name, result);
  },
});
