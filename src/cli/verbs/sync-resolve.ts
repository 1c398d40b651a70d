/** `agentfs sync resolve`: decides what both sides have changed. */

import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline/promises';
import { Option } from 'commander';
import type { SyncChoice, SyncConflict } from '../../index.ts';
import type { Call } from '../call.ts';
import { count } from '../humane.ts';
import { UsageError } from '../usage-error.ts';
import { addExamples, collect, type Verb } from '../verb.ts';
import { oneLine } from '../visible.ts';
import { addWorkspace, type WorkspaceOption } from '../workspace-option.ts';

interface ResolveFlags extends WorkspaceOption {
  readonly strategy?: 'local' | 'remote';
  readonly path?: readonly string[];
  readonly content?: string;
  readonly interactive?: boolean;
}

/** Says which side a conflict is decided to; undefined to leave it. */
type Decide = (conflict: SyncConflict) => Promise<SyncChoice | undefined>;

/** Decides conflicts; the merge is made with the last of them. */
export const verb: Verb = {
  define(command) {
    addWorkspace(command.argument('[workspace]', 'the same as -w'))
      .addOption(
        new Option('--strategy <side>', 'local is the workspace, remote the others').choices([
          'local',
          'remote',
        ]),
      )
      .option('--path <path>', 'only this conflict; may be repeated', collect)
      .option('--content <file>', 'what one file shall hold instead')
      .option('--interactive', 'ask for each');
    addExamples(
      command,
      ['agentfs sync resolve agent-1 --strategy remote', 'the others are right everywhere'],
      ['agentfs sync resolve agent-1 --path src/a.ts --strategy local', 'this one is right here'],
      ['agentfs sync resolve agent-1 --path src/a.ts --content merged.ts', 'neither is'],
    );
  },
  async run(call, command) {
    const flags = command.opts<ResolveFlags>();
    const decide = await decisionOf(call, flags);
    const { name, sync } = await call.workspace(command.args[0], flags.workspace);
    const conflicts = select(await sync.conflicts(), flags.path);
    const resolved: string[] = [];
    for (const conflict of conflicts) {
      const choice = await decide(conflict);
      if (choice === undefined) continue;
      await sync.resolve(conflict, choice);
      resolved.push(conflict.path);
    }
    const remaining = (await sync.conflicts()).map(({ path }) => path);
    if (call.globals.json) return call.output.json({ workspace: name, resolved, remaining });
    call.output.say(`Decided ${count(resolved.length, 'conflict')}; ${remaining.length} left.`);
    if (remaining.length === 0) call.output.say(`Send it with agentfs sync push ${name}.`);
  },
};

async function decisionOf(
  call: Call,
  { strategy, content, path, interactive = false }: ResolveFlags,
): Promise<Decide> {
  const ways = [strategy, content, interactive || undefined].filter((way) => way !== undefined);
  if (ways.length !== 1) {
    throw new UsageError('Give --strategy, --content or --interactive, and one of them only.');
  }
  if (interactive) return askEach(call);
  if (content === undefined) return async () => strategy;
  if (path?.length !== 1) throw new UsageError('--content is for one --path.');
  const choice = { content: await readContent(content) };
  return async () => choice;
}

async function readContent(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch {
    throw new UsageError(`${file} cannot be read.`, 'Name a file with the content.');
  }
}

function askEach(call: Call): Decide {
  if (process.stdin.isTTY !== true || process.stderr.isTTY !== true) {
    throw new UsageError('--interactive needs a terminal.', 'Decide with --strategy and --path.');
  }
  return async ({ path, type }) => {
    const terminal = createInterface({ input: process.stdin, output: process.stderr });
    try {
      const question = `${oneLine(path)} (${type}): [l]ocal, [r]emote or [s]kip? `;
      const answer = (await terminal.question(question, { signal: call.signal })).trim();
      if (/^l(ocal)?$/i.test(answer)) return 'local';
      return /^r(emote)?$/i.test(answer) ? 'remote' : undefined;
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
    throw new UsageError(`There is no conflict at '${path}'.`, 'See agentfs sync conflicts.');
  });
}
