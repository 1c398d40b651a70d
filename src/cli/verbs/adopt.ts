/** `agentfs adopt`: shows what came along with the project and is switched off, and takes it over. */

import type { Adoption } from '../../index.ts';
import type { Call } from '../call.ts';
import { confirm, isInteractive } from '../confirm.ts';
import { count } from '../human.ts';
import { oneLine } from '../table.ts';
import { UsageError } from '../usage-error.ts';
import { addExamples, type Verb } from '../verb.ts';

interface AdoptFlags {
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

/** Adopts a store. */
export const verb: Verb = {
  define(command) {
    command
      .option('--dry-run', 'only show what is switched off')
      .option('-y, --yes', 'do not ask; needed where there is no terminal');
    addExamples(
      command,
      ['agentfs adopt --dry-run', 'what came along with a project, and is switched off'],
      ['agentfs adopt', 'the same, and take it over when you say so'],
      ['agentfs adopt --yes', 'in a container whose home is new, for a store of yours'],
    );
  },
  async run(call, command) {
    const { dryRun = false, yes = false } = command.opts<AdoptFlags>();
    const afs = await call.open();
    const found = await afs.adopt({ dryRun: true });
    const isOwn = found.adopted && describe(found).length === 0;
    if (!call.globals.json) await call.output.print(...describe(found));
    if (dryRun || isOwn) return report(call, found, isOwn);
    if (!yes && !isInteractive()) {
      throw new UsageError(
        'Nothing was adopted: there is no terminal to ask on.',
        'Look at it with --dry-run, then give --yes.',
        'NOT_CONFIRMED',
      );
    }
    await confirm(call, 'Did you make all of this, and is it to count?', yes);
    return report(call, await afs.adopt(), true);
  },
};

async function report({ output, globals }: Call, found: Adoption, isOwn: boolean): Promise<void> {
  if (globals.json) return output.json(found);
  if (!isOwn) return output.say('Until you adopt it, all of this is switched off.');
  output.say('The store is yours.');
  if (found.lasts) return;
  output.complain(
    'warning: This ends with this call, as your home cannot keep a secret: set XDG_CONFIG_HOME.',
  );
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
      const what = outcome === 'take-back' ? 'taken back' : 'tidied up after';
      const names = paths.slice(0, MOST_PATHS).join(', ');
      const more = paths.length > MOST_PATHS ? ', ...' : '';
      return `An interrupted commit of ${count(paths.length, 'path')}, to be ${what}: ${names}${more}.`;
    }),
  ].map(oneLine);
}

const MOST_PATHS = 5;
