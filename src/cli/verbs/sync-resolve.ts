/** `agentfs sync resolve`: settles conflicts; the last one completes the merge. */

import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline/promises';
import type { SyncChoice, SyncConflict } from '../../index.ts';
import type { Call } from '../call.ts';
import { isInteractive } from '../confirm.ts';
import { UsageError } from '../exit-status.ts';
import { type ConflictFlags, conflictRows, conflictsOf } from '../options/conflict-options.ts';
import { REPEATED } from '../options/parameters.ts';
import { count } from '../print/human.ts';
import { defineVerb, type Verb } from './define-verb.ts';

interface ResolveFlags extends ConflictFlags {
  readonly path?: readonly string[];
  readonly content?: string;
  readonly interactive?: true;
}

/** A conflict, and what it is decided to. */
type Decision = readonly [conflict: SyncConflict, choice: SyncChoice];

type SideName = 'ours' | 'theirs';

export const verb: Verb = defineVerb<ResolveFlags>({
  workspace: true,
  options: [
    ...conflictRows('ours takes the workspace, theirs the remote'),
    ['--path <path>', 'only this conflict; may be repeated', REPEATED],
    ['--content <file>', 'use the content of this file instead'],
    ['--interactive', 'ask for each conflict'],
  ],
  examples: [
    ['agentfs sync resolve agent-1 --on-conflict theirs', 'take the remote for all conflicts'],
    ['agentfs sync resolve agent-1 --ours src/a.ts --theirs docs', 'decide path by path'],
    ['agentfs sync resolve agent-1 --path src/a.ts --content merged.ts', 'use a merge of yours'],
  ],
  check({ onConflict, ours, theirs, content, interactive, path }) {
    const sides = onConflict ?? ours ?? theirs;
    const ways = [sides, content, interactive].filter((way) => way !== undefined);
    if (ways.length !== 1 || onConflict === 'fail') {
      throw new UsageError(
        'Nothing is decided, or in two ways.',
        'Give --on-conflict, or --ours and --theirs, or --content, or --interactive.',
      );
    }
    if (content !== undefined && path?.length !== 1) {
      throw new UsageError('--content needs exactly one --path.');
    }
  },
  async run({ call, workspace: { name, sync }, flags }) {
    const { ours, theirs } = await conflictsOf(call, flags);
    const conflicts = await sync.conflicts();
    const named = [
      ...select(conflicts, ours ?? []).map((conflict) => [conflict, 'ours'] as const),
      ...select(conflicts, theirs ?? []).map((conflict) => [conflict, 'theirs'] as const),
    ];
    const rest = decideRest(call, flags, select(conflicts, flags.path ?? ['.']));
    const resolved = new Set<string>();
    for await (const [conflict, choice] of inTurn(named, rest)) {
      if (resolved.has(conflict.path)) continue;
      await sync.resolve(conflict, choice, { wholeFile: flags.wholeFile });
      resolved.add(conflict.path);
    }
    const remaining = (await sync.conflicts()).map(({ path }) => path);
    return {
      json: { workspace: name, resolved: [...resolved], remaining },
      says: [
        `Resolved ${count(resolved.size, 'conflict')}, ${remaining.length} left.`,
        ...(remaining.length === 0 ? [`Send the result with agentfs sync push ${name}.`] : []),
      ],
    };
  },
});

async function* inTurn(
  named: readonly Decision[],
  rest: AsyncIterable<Decision>,
): AsyncGenerator<Decision> {
  yield* named;
  yield* rest;
}

/** What is decided for conflicts that no path names; each counts before the next is asked for. */
async function* decideRest(
  call: Call,
  { onConflict, content, interactive }: ResolveFlags,
  conflicts: readonly SyncConflict[],
): AsyncGenerator<Decision> {
  if (interactive && !isInteractive()) {
    throw new UsageError('--interactive needs a terminal.', 'Use --ours and --theirs instead.');
  }
  const replacement = content === undefined ? undefined : { content: await readContent(content) };
  for (const conflict of conflicts) {
    const side = interactive ? await ask(call, conflict) : sideOf(onConflict);
    const choice = replacement ?? side;
    if (choice !== undefined) yield [conflict, choice];
  }
}

function sideOf(choice: ResolveFlags['onConflict']): SideName | undefined {
  return choice === undefined || choice === 'fail' ? undefined : choice;
}

async function readContent(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch {
    throw new UsageError(`Cannot read ${file}.`, 'Check the name of the file.');
  }
}

async function ask(call: Call, { path, type }: SyncConflict): Promise<SideName | undefined> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const question = `${path} (${type}): [o]urs, [t]heirs or [s]kip? `;
    const answer = (await terminal.question(question, { signal: call.signal })).trim();
    if (/^(o(urs)?|l(ocal)?)$/i.test(answer)) return 'ours';
    return /^(t(heirs)?|r(emote)?)$/i.test(answer) ? 'theirs' : undefined;
  } finally {
    terminal.close();
  }
}

/** The conflicts at these paths or below them; at each there has to be one. */
function select(
  conflicts: readonly SyncConflict[],
  paths: readonly string[],
): readonly SyncConflict[] {
  return paths.flatMap((path) => {
    const wanted = path.replace(/^\//, '');
    const found = conflicts.filter(
      (conflict) =>
        wanted === '.' || conflict.path === wanted || conflict.path.startsWith(`${wanted}/`),
    );
    if (found.length > 0 || wanted === '.') return found;
    throw new UsageError(
      `There is no conflict at '${path}'.`,
      'List conflicts with agentfs sync conflicts.',
    );
  });
}
