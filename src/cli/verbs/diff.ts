/** `agentfs diff`: shows what differs between a workspace and its origin, or any two states. */

import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { DiffResult } from '../../index.ts';
import { quoteWords } from '../../primitives/quote-words.ts';
import type { Call } from '../call.ts';
import { codeOf, EXIT, requireAtMostOne, UsageError } from '../exit-status.ts';
import { PATHS, PATHS_HELP, WORKSPACE } from '../options/parameters.ts';
import { COUNT } from '../options/quantities.ts';
import { type PathFlags, selectionOf } from '../options/selected-paths.ts';
import { printDiff } from '../print/print-diff.ts';
import { defineVerb, type Verb } from './define-verb.ts';

interface DiffFlags extends PathFlags {
  readonly workspace?: string;
  readonly stat?: true;
  readonly nameOnly?: true;
  readonly exitCode?: true;
  readonly unified?: number;
  readonly renames: boolean;
}

export const verb: Verb = defineVerb<DiffFlags>({
  takesPaths: true,
  arguments: [
    ['[source]', 'base (the project), a workspace, workspace/snapshot, or a commit'],
    ['[target]', 'what to compare it with; default its own origin'],
  ],
  options: [
    WORKSPACE,
    ['--stat', 'a line per file, and the totals'],
    ['--name-only', 'only the paths'],
    ['--exit-code', 'exit with 1 if there are differences'],
    ...PATHS,
    ['-U, --unified <lines>', 'lines of context; default 3', COUNT],
    ['--no-renames', 'show a rename as a deletion and an addition'],
  ],
  notes: PATHS_HELP,
  examples: [
    ['agentfs diff -w agent-1', 'what agent-1 has changed since its fork'],
    ['agentfs diff -w agent-1 -- src', 'the same, below src alone'],
    ['agentfs diff base agent-1', 'from the project as it is now to agent-1'],
    ['agentfs diff agent-1/before agent-1/after --stat', 'between two snapshots'],
    ['agentfs diff agent-1 | git apply', 'apply the changes somewhere else'],
  ],
  async run({ call, args, paths, flags }) {
    const { stat, nameOnly, exitCode } = flags;
    requireAtMostOne({ '--stat': stat, '--name-only': nameOnly });
    const selection = await selectionOf(call, flags, paths);
    const diff = await compare(call, args, { ...flags, ...selection }).catch((error) =>
      explain(call, args, flags.workspace, error),
    );
    await printDiff(call, diff, { stat: stat === true || nameOnly === true });
    if (exitCode === true && diff.changes.length > 0) call.exitStatus = EXIT.failure;
  },
});

async function compare(
  call: Call,
  [source, target]: readonly string[],
  flags: Omit<DiffFlags, keyof PathFlags> & Awaited<ReturnType<typeof selectionOf>>,
): Promise<DiffResult> {
  const { stat, nameOnly, include, exclude, unified: context, renames, workspace } = flags;
  const options = { stat, nameOnly, include, exclude, context, detectRenames: renames };
  const afs = await call.open();
  if (target !== undefined && source !== undefined) {
    requireAtMostOne({ '-w': workspace, 'two names': target });
    return afs.diff(target, { ...options, against: source });
  }
  if (workspace !== undefined && source !== undefined) {
    return (await call.workspace(workspace)).diff({ ...options, against: source });
  }
  if (source !== undefined) return afs.diff(source, options);
  return (await call.workspace(workspace)).diff(options);
}

/** People type paths here, as git takes them. */
async function explain(
  call: Call,
  names: readonly string[],
  workspace: string | undefined,
  error: unknown,
): Promise<never> {
  if (!/^(SNAPSHOT|WORKSPACE|COMMIT)_NOT_FOUND$|^INVALID_NAME$/.test(codeOf(error) ?? ''))
    throw error;
  const path =
    names.find((name) => existsSync(resolve(call.cwd, name))) ??
    (await pathOnlyIn(call, workspace, names));
  if (path === undefined) throw error;
  throw new UsageError(
    `'${path}' is a path.`,
    `Paths stand after --: agentfs diff -- ${/^[\w./-]+$/.test(path) ? path : quoteWords([path])}.`,
  );
}

/** The first of the names that is a path of the workspace: what it has added is nowhere else. */
async function pathOnlyIn(
  call: Call,
  workspace: string | undefined,
  names: readonly string[],
): Promise<string | undefined> {
  try {
    const named = await call.workspace(workspace);
    for (const name of names) {
      const [path = name] = await call.projectPaths([name]);
      if (await named.exists(path)) return name;
    }
  } catch {
    // The error that is being explained says what is wrong.
  }
  return undefined;
}
