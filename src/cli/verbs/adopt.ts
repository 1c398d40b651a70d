/** `agentfs adopt`: shows what came with a project and is switched off, and trusts it. */

import type { Adoption } from '../../index.ts';
import { confirm, isInteractive } from '../confirm.ts';
import { UsageError } from '../exit-status.ts';
import { YES } from '../options/parameters.ts';
import type { Answer } from '../print/answer.ts';
import { count } from '../print/human.ts';
import { oneLine } from '../visible.ts';
import { defineVerb, type Verb } from './define-verb.ts';

interface AdoptFlags {
  readonly dryRun?: true;
  readonly yes?: true;
}

export const verb: Verb = defineVerb<AdoptFlags>({
  options: [['--dry-run', 'only show what is switched off'], YES],
  notes: 'Without a terminal to ask on, --yes is required.',
  examples: [
    ['agentfs adopt --dry-run', 'see what came with a project and is switched off'],
    ['agentfs adopt', 'the same, then trust it if you say so'],
    ['agentfs adopt --yes', 'trust your own store in a container with a new home'],
  ],
  async run({ call, flags: { dryRun = false, yes = false } }) {
    const afs = await call.open();
    const found = await afs.adopt({ dryRun: true });
    const isOwn = found.adopted && describe(found).length === 0;
    if (!call.globals.json) await call.output.print(...describe(found));
    if (dryRun && !isOwn) return { json: found, says: 'All of this is off until you adopt it.' };
    if (!dryRun && !isOwn) {
      if (!yes && !isInteractive()) {
        throw new UsageError(
          'Cannot ask without a terminal; nothing was adopted.',
          'Check it with --dry-run, then adopt it with --yes.',
          'NOT_CONFIRMED',
        );
      }
      await confirm(call, 'Did you make all of this, and do you trust it?', yes);
    }
    return trusted(isOwn ? found : await afs.adopt());
  },
});

function trusted(adoption: Adoption): Answer {
  const note =
    'This lasts for this command only, as your home cannot keep a secret. Set XDG_CONFIG_HOME.';
  const warnings = adoption.lasts ? [] : [note];
  return { json: adoption, warnings, says: 'The store is trusted.' };
}

/** A line for everything; what is in it comes from the store, so control characters are shown. */
function describe({ adopted, settings, remotes, commits }: Adoption): string[] {
  return [
    ...(adopted ? [] : ['The store: hook scripts do not run here.']),
    ...settings.map(({ workspace, sandbox, limits, inForce }) => {
      const set = [
        ...(sandbox === null ? [] : [`sandbox ${sandbox}`]),
        ...Object.entries(limits).map(([name, value]) => `${name} ${JSON.stringify(value)}`),
      ];
      const why = inForce ? '; in force, as it is stricter' : '';
      return `Workspace ${workspace}: ${set.join(', ')}${why}.`;
    }),
    ...remotes.map(({ workspace, url, token, encryptionKey, mode }) => {
      const key = encryptionKey === '' ? '' : `, key from ${encryptionKey}`;
      const from = token === '' ? 'your configuration' : token;
      const when = mode === null ? '' : `, ${mode}`;
      return `Workspace ${workspace}: remote ${url}, token from ${from}${key}${when}.`;
    }),
    ...commits.map(({ outcome, paths }) => {
      const what = outcome === 'take-back' ? 'rolled back' : 'cleaned up after';
      const names = paths.slice(0, MOST_PATHS).join(', ');
      const more = paths.length > MOST_PATHS ? ` and ${paths.length - MOST_PATHS} more` : '';
      return `An interrupted commit of ${count(paths.length, 'path')}, to be ${what}: ${names}${more}.`;
    }),
  ].map(oneLine);
}

const MOST_PATHS = 5;
