/** `agentfs sync resolve`: decides what both sides have changed. */

import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline/promises';
import type { SyncChoice, SyncConflict } from '../../index.ts';
import type { Call } from '../call.ts';
import { isInteractive } from '../confirm.ts';
import { UsageError } from '../exit-status.ts';
import { oneOf, REPEATED } from '../options/parameters.ts';
import { count } from '../print/human.ts';
import type { Verb } from '../verb.ts';
import { defineVerb } from './define-verb.ts';

interface ResolveFlags {
  readonly strategy?: 'ours' | 'theirs';
  readonly path?: readonly string[];
  readonly content?: string;
  readonly interactive?: true;
}

/** Says which side a conflict is decided to; undefined to leave it. */
type Decide = (conflict: SyncConflict) => Promise<SyncChoice | undefined>;

/** What the library calls the sides. */
const SIDES = { ours: 'local', theirs: 'remote' } as const;

/** Decides conflicts; the merge is made with the last of them. */
export const verb: Verb = defineVerb<ResolveFlags>({
  workspace: true,
  options: [
    [
      '--strategy <side>',
      'ours keeps the workspace, theirs takes the remote',
      oneOf(['ours', 'theirs'], { local: 'ours', remote: 'theirs' }),
    ],
    ['--path <path>', 'only this conflict; may be repeated', REPEATED],
    ['--content <file>', 'use the content of this file instead'],
    ['--interactive', 'ask for each conflict'],
  ],
  examples: [
    ['agentfs sync resolve agent-1 --strategy theirs', 'take the remote for all conflicts'],
    ['agentfs sync resolve agent-1 --path src/a.ts --strategy ours', 'keep one file'],
    ['agentfs sync resolve agent-1 --path src/a.ts --content merged.ts', 'use a merge of yours'],
  ],
  check({ strategy, content, interactive, path }) {
    const ways = [strategy, content, interactive].filter((way) => way !== undefined);
    if (ways.length !== 1) {
      throw new UsageError('Give one of --strategy, --content and --interactive.');
    }
    if (content !== undefined && path?.length !== 1) {
      throw new UsageError('--content needs exactly one --path.');
    }
  },
  async run({ call, workspace: { name, sync }, flags }) {
    const decide = await decisionOf(call, flags);
    const conflicts = select(await sync.conflicts(), flags.path);
    const resolved: string[] = [];
    for (const conflict of conflicts) {
      const choice = await decide(conflict);
      if (choice === undefined) continue;
      await sync.resolve(conflict, choice);
      resolved.push(conflict.path);
    }
    const remaining = (await sync.conflicts()).map(({ path }) => path);
    return {
      json: { workspace: name, resolved, remaining },
      says: [
        `Resolved ${count(resolved.length, 'conflict')}, ${remaining.length} left.`,
        ...(remaining.length === 0 ? [`Send the result with agentfs sync push ${name}.`] : []),
      ],
    };
  },
});

async function decisionOf(call: Call, flags: ResolveFlags): Promise<Decide> {
  const { strategy, content = '', interactive } = flags;
  if (interactive) return askEach(call);
  if (strategy !== undefined) return async () => SIDES[strategy];
  const choice = { content: await readContent(content) };
  return async () => choice;
}

async function readContent(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch {
    throw new UsageError(`Cannot read ${file}.`, 'Check the name of the file.');
  }
}

function askEach(call: Call): Decide {
  if (!isInteractive()) {
    throw new UsageError('--interactive needs a terminal.', 'Use --strategy and --path instead.');
  }
  return async ({ path, type }) => {
    const terminal = createInterface({ input: process.stdin, output: process.stderr });
    try {
      const question = `${path} (${type}): [o]urs, [t]heirs or [s]kip? `;
      const answer = (await terminal.question(question, { signal: call.signal })).trim();
      if (/^(o(urs)?|l(ocal)?)$/i.test(answer)) return 'local';
      return /^(t(heirs)?|r(emote)?)$/i.test(answer) ? 'remote' : undefined;
    } finally {
      terminal.close();
    }
  };
}

/** The conflicts at these paths, all of which must be there. */
function select(
  conflicts: readonly SyncConflict[],
  paths: readonly string[] | undefined,
): readonly SyncConflict[] {
  if (paths === undefined) return conflicts;
  return paths.map((path) => {
    const found = conflicts.find((conflict) => conflict.path === path.replace(/^\//, ''));
    if (found !== undefined) return found;
    throw new UsageError(
      `There is no conflict at '${path}'.`,
      'List conflicts with agentfs sync conflicts.',
    );
  });
}
