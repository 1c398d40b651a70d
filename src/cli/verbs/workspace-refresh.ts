/** `agentfs workspace refresh`: what git ignores, as the project has it now. */

import type { RefreshResult } from '../../index.ts';
import type { Call } from '../call.ts';
import { count } from '../print/human.ts';
import { oneLine } from '../visible.ts';
import { defineVerb, type Verb } from './define-verb.ts';

interface RefreshFlags {
  readonly force?: true;
}

/** Updates ignored content from the project. */
export const verb: Verb = defineVerb<RefreshFlags>({
  workspace: true,
  takesPaths: true,
  options: [['--force', 'also what the workspace has changed itself']],
  notes: 'Without paths all is taken but .git, which goes with the files of the workspace.',
  examples: [
    ['agentfs workspace refresh -w agent-1 -- node_modules', 'after npm install in the project'],
    ['agentfs workspace refresh -w agent-1', 'everything that git ignores'],
    ['agentfs undo -w agent-1', 'what there was before'],
  ],
  async run({ call, workspace, paths, flags }) {
    const wanted = paths.length === 0 ? undefined : await call.projectPaths(paths);
    const force = flags.force === true;
    const result = await workspace.refresh(wanted, { force, signal: call.signal });
    for (const { path, message } of result.warnings) {
      call.output.complain(`warning: ${oneLine(path)}: ${message}`);
    }
    return { json: result, says: saysOf(call, workspace.name, result) };
  },
});

function saysOf(
  { inWorkspace }: Call,
  name: string,
  { ignored, overruled, operationId }: RefreshResult,
): string[] {
  if (ignored === null) return [`Nothing to take: ${name} has what the project has.`];
  const taken = `Refreshed ${name}: ${count(ignored.files, 'file')} in ${namesOf(ignored.paths)}.`;
  const lost = `Replaced what ${name} had changed itself: ${namesOf(overruled)}.`;
  return [
    taken,
    ...(overruled.length === 0 ? [] : [lost]),
    ...(operationId === null ? [] : [`Undo with: agentfs undo${inWorkspace}`]),
  ];
}

function namesOf([first = '', ...others]: readonly string[]): string {
  return others.length === 0 ? oneLine(first) : `${oneLine(first)} and ${others.length} more`;
}
