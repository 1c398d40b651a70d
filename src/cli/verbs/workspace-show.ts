/** `agentfs workspace show`: shows a workspace, and its files if asked. */

import type { FileInfo, Workspace } from '../../index.ts';
import type { Style } from '../output.ts';
import { type LabelledRow, labelled } from '../print/answer.ts';
import { drawTree } from '../print/draw-tree.ts';
import { count, humanAge, humanSize } from '../print/human.ts';
import { workspaceJson } from '../print/json-shapes.ts';
import { printLong } from '../print/page.ts';
import { oneLine } from '../visible.ts';
import { defineVerb, type Verb } from './define-verb.ts';

interface ShowFlags {
  readonly stats?: true;
  readonly tree?: true;
}

/** Figures of a workspace. */
interface Stats {
  readonly files: number;
  readonly directories: number;
  readonly bytes: number;
  readonly changes: number;
  readonly snapshots: number;
}

export const verb: Verb = defineVerb<ShowFlags>({
  workspace: true,
  options: [
    ['--stats', 'count its files, bytes, changes and snapshots'],
    ['--tree', 'draw its files'],
  ],
  examples: [
    ['agentfs workspace show agent-1', 'its settings and dates'],
    ['agentfs workspace show agent-1 --tree --stats', 'and what is in it'],
  ],
  async run({ call, workspace, flags }) {
    const wantsFiles = flags.stats === true || flags.tree === true;
    const files = wantsFiles ? await workspace.listDir('/', { recursive: true }) : [];
    const stats = flags.stats === true ? await statsOf(workspace, files) : undefined;
    const { output, globals } = call;
    const tree = flags.tree === true ? { files: files.map(fileJson) } : {};
    const json = { ...workspaceJson(workspace), ...(stats ? { stats } : {}), ...tree };
    const lines = labelled([...describe(workspace, output.style), ...describeStats(stats)]);
    if (flags.tree !== true || globals.json) return { json, lines };
    await output.print(...lines);
    const drawn = drawTree(files.map(({ path, kind }) => ({ path, isLeaf: kind !== 'directory' })));
    return printLong(call, drawn.map((line) => `${line}\n`).join(''));
  },
});

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

function describe(workspace: Workspace, style: Style): LabelledRow[] {
  const { name, description, tags, agentId, owner, parent, state, readOnly } = workspace;
  const { createdAt, updatedAt, expires } = workspace;
  const rows: readonly LabelledRow[] = [
    ['Name', name],
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
  return rows.map(([label, value]) => {
    const text = oneLine(value ?? '');
    return [label, label === 'Name' ? style.bold(text) : text];
  });
}

function describeStats(stats: Stats | undefined): LabelledRow[] {
  if (stats === undefined) return [];
  const { files, directories, bytes, changes, snapshots } = stats;
  const folders = count(directories, 'directory', 'directories');
  return [
    ['Contents', `${count(files, 'file')}, ${folders}, ${humanSize(bytes)}`],
    ['Changes', `${count(changes, 'path')}; ${count(snapshots, 'snapshot')}`],
  ];
}
