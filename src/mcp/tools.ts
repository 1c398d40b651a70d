/** All tools by groups, of which a server offers some. */

import * as z from 'zod';
import { AgentFSError } from '../index.ts';
import { BYTE_TOOLS, FILE_TOOLS } from './file-tools.ts';
import { processTools, textOfEnd } from './process-tools.ts';
import { customTool, type Result, type Tool, toolOf } from './tool.ts';

/** The groups, in the order in which their tools are listed; those that are wanted are made. */
const GROUPS: Readonly<Record<string, () => readonly Tool[]>> = {
  workspaces: () => [
    toolOf('workspace.create', {
      fields: ['name', 'description', 'tags', 'fromSnapshot', 'fromWorkspace'],
      hasBasePath: true,
    }),
    toolOf('workspace.list', { fields: ['name', 'tag', 'limit', 'cursor'], hasBasePath: true }),
    customTool('workspace.delete', {
      input: z.strictObject({
        name: z.string().describe('Name of the workspace.'),
        force: z.boolean().default(false).describe('Also when it has changes.'),
      }),
      namesWorkspace: true,
      toInput: ({ name, force }) => ({ workspace: name, force }),
    }),
  ],
  files: () => FILE_TOOLS,
  bytes: () => BYTE_TOOLS,
  review: () => [
    toolOf('workspace.status', { fields: ['workspace'] }),
    toolOf('workspace.diff', {
      fields: ['workspace', 'against', 'include', 'exclude', 'stat'],
      text: ({ text }) => String(text) || 'No differences.',
    }),
    toolOf('snapshot.create', { fields: ['workspace', 'name', 'description'] }),
    toolOf('snapshot.list', { fields: ['workspace', 'limit', 'cursor'] }),
    toolOf('snapshot.restore', { fields: ['workspace', 'name', 'backup'] }),
    toolOf('workspace.undo'),
    toolOf('workspace.commit', {
      fields: ['workspace', 'message', 'include', 'exclude', 'onConflict', 'dryRun'],
    }),
  ],
  run: () => [
    toolOf('command.run', {
      fields: ['workspace', 'command', 'workdir', 'env', 'input', 'timeoutMs'],
      text: textOfRun,
    }),
    ...processTools(),
  ],
  history: () => [
    toolOf('workspace.redo'),
    toolOf('workspace.history'),
    toolOf('workspace.log'),
    toolOf('workspace.rebase'),
    toolOf('workspace.conflicts'),
    toolOf('workspace.resolve'),
    toolOf('workspace.merge'),
    toolOf('workspace.revert'),
  ],
  explore: () => [
    toolOf('explore.run'),
    toolOf('explore.status'),
    toolOf('explore.choose'),
    toolOf('workspace.checkMerge'),
  ],
  audit: () => [toolOf('audit.query'), toolOf('audit.verify')],
};

/** Offered where nobody says. */
const DEFAULT_GROUPS: readonly string[] = ['workspaces', 'files', 'bytes', 'review', 'run'];

/** What a server may offer. */
export interface Offer {
  /** Names of groups. */
  readonly groups?: readonly string[] | undefined;
  /** The only workspace. */
  readonly workspace?: string | undefined;
  readonly readOnly: boolean;
  readonly allowRun: boolean;
}

/**
 * The tools that a server offers, in a fixed order.
 *
 * @throws {AgentFSError} INVALID_ARGUMENT for a group that there is not.
 */
export function offeredTools({
  groups = DEFAULT_GROUPS,
  workspace,
  readOnly,
  allowRun,
}: Offer): Tool[] {
  const unknown = groups.find((name) => !Object.hasOwn(GROUPS, name));
  if (unknown !== undefined) {
    throw new AgentFSError('INVALID_ARGUMENT', `There is no group of tools '${unknown}'.`, {
      hint: `The groups are ${Object.keys(GROUPS).join(', ')}.`,
    });
  }
  const wanted = Object.entries(GROUPS).flatMap(([name, tools]) =>
    groups.includes(name) && (name !== 'workspaces' || workspace === undefined) ? tools() : [],
  );
  return wanted.filter(({ operation }) => {
    if (readOnly && operation.effect !== 'read') return false;
    if (/^(command|process|explore\.run)\b/.test(operation.name) && !allowRun) return false;
    // What is about the whole project, or another workspace, is not for a server of one.
    const { shape } = operation.input;
    const isAboutOne = ('workspace' in shape || 'process' in shape) && !('source' in shape);
    return workspace === undefined || isAboutOne;
  });
}

function textOfRun(result: Result): string {
  const { stdout, stderr } = result;
  return [...[stdout, stderr].filter((text) => text !== ''), textOfEnd(result)].join('\n');
}
