/** `agentfs workspace show`: what a workspace is, and on request what is in it. */

import type { FileInfo, Workspace } from '../../index.ts';
import type { Call } from '../call.ts';
import { drawTree } from '../draw-tree.ts';
import { count, humanAge } from '../humane.ts';
import { printLong } from '../page.ts';
import { humanSize } from '../size.ts';
import { addExamples, type Verb } from '../verb.ts';
import { oneLine } from '../visible.ts';
import { workspaceJson } from '../workspace-json.ts';
import { addWorkspace, type WorkspaceOption } from '../workspace-option.ts';

interface ShowFlags extends WorkspaceOption {
  readonly stats?: boolean;
  readonly tree?: boolean;
}

/** Figures of a workspace. */
interface Stats {
  readonly files: number;
  readonly directories: number;
  readonly bytes: number;
  readonly changes: number;
  readonly snapshots: number;
}

/** Shows a workspace. */
export const verb: Verb = {
  define(command) {
    addWorkspace(command.argument('[workspace]', 'the same as -w'))
      .option('--stats', 'count its files, bytes, changes and snapshots')
      .option('--tree', 'draw its files');
    addExamples(
      command,
      ['agentfs workspace show agent-1', 'what agent-1 is'],
      ['agentfs workspace show agent-1 --tree --stats', 'and what is in it'],
    );
  },
  async run(call, command) {
    const flags = command.opts<ShowFlags>();
    const workspace = await call.workspace(command.args[0], flags.workspace);
    const wantsFiles = flags.stats === true || flags.tree === true;
    const files = wantsFiles ? await workspace.listDir('/', { recursive: true }) : [];
    const stats = flags.stats === true ? await statsOf(workspace, files) : undefined;
    if (call.globals.json) {
      const tree = flags.tree === true ? { files: files.map(fileJson) } : {};
      await call.output.json({ ...workspaceJson(workspace), ...(stats ? { stats } : {}), ...tree });
      return;
    }
    await call.output.print(...describe(call, workspace), ...describeStats(stats));
    if (flags.tree !== true) return;
    const lines = drawTree(files.map(({ path, kind }) => ({ path, isLeaf: kind !== 'directory' })));
    await printLong(call, lines.map((line) => `${line}\n`).join(''));
  },
};

async function statsOf(workspace: Workspace, files: readonly FileInfo[]): Promise<Stats> {
  const { modified, added, deleted } = await workspace.status();
  const directories = files.filter((info) => info.isDirectory()).length;
  return {
    files: files.length - directories,
    directories,
    bytes: files.reduce((sum, { size }) => sum + size, 0),
    changes: modified.length + added.length + deleted.length,
    snapshots: (await workspace.snapshot.list()).length,
  };
}

function fileJson({ path, kind, size, mode, mtime, hash, target }: FileInfo): object {
  return { path, kind, size, mode, mtime, hash, target };
}

function describe({ output: { style } }: Call, workspace: Workspace): string[] {
  const { name, description, tags, agentId, owner, parent, state, readOnly } = workspace;
  const { createdAt, updatedAt, expires } = workspace;
  const rows: readonly (readonly [label: string, value: string | null])[] = [
    ['Name', style.bold(name)],
    ['Description', description],
    ['State', readOnly ? `${state}, read-only` : state],
    ['Tags', tags.join(', ')],
    ['Agent', agentId],
    ['Owner', owner],
    ['Forked from', parent ?? 'the project'],
    ['Created', `${createdAt.toISOString()} (${humanAge(createdAt)})`],
    ['Changed', `${updatedAt.toISOString()} (${humanAge(updatedAt)})`],
    ['Expires', expires?.toISOString() ?? null],
  ];
  return rows.flatMap(([label, value]) => (value ? [`${label}:`.padEnd(13) + oneLine(value)] : []));
}

function describeStats(stats: Stats | undefined): string[] {
  if (stats === undefined) return [];
  const { files, directories, bytes, changes, snapshots } = stats;
  return [
    `Holds:       ${count(files, 'file')}, ${count(directories, 'directory', 'directories')}, ${humanSize(bytes)}`,
    `Changed:     ${count(changes, 'path')}; ${count(snapshots, 'snapshot')}`,
  ];
}
