/** Does operations in a real store, and reads all of a workspace. */

import type { AgentFS, FileInfo, Workspace } from '../../../src/index.ts';
import type { ModelItem } from '../../support/model.ts';
import type { Operation, WorkspaceOperation } from './operations.ts';

/** Does an operation in a store and returns what came of it, in the form of the model. */
export async function onStore(
  afs: AgentFS,
  operation: Exclude<Operation, { do: 'reopen' }>,
): Promise<unknown> {
  switch (operation.do) {
    case 'create': {
      const { from, snapshot } = operation.origin;
      const named = snapshot === undefined ? undefined : `${from}/${snapshot}`;
      const options = named === undefined ? { fromWorkspace: from } : { fromSnapshot: named };
      await afs.workspace.create(operation.name, options);
      return undefined;
    }
    case 'deleteWorkspace':
      await afs.workspace.delete(operation.name);
      return undefined;
    case 'merge':
      await afs.workspace.merge(operation.source, operation.target);
      return undefined;
    case 'gc':
      await afs.gc();
      return undefined;
    default:
      return inStore(await afs.workspace.get(operation.in), operation);
  }
}

async function inStore(workspace: Workspace, operation: WorkspaceOperation): Promise<unknown> {
  switch (operation.do) {
    case 'snapshot':
      await workspace.snapshot.create(operation.name);
      return undefined;
    case 'deleteSnapshot':
      return workspace.snapshot.delete(operation.name);
    case 'restore':
      await workspace.snapshot.restore(operation.name, { backup: operation.backup ?? false });
      return undefined;
    case 'undo':
      await workspace.undo();
      return undefined;
    case 'redo':
      await workspace.redo();
      return undefined;
    case 'history': {
      const steps = await workspace.history({ limit: 50 });
      return steps.map(({ kind, undone }) => (undone ? `${kind}, undone` : kind));
    }
    case 'snapshots': {
      const snapshots = await workspace.snapshot.list();
      return snapshots.map(({ name, fileCount, size }) => ({ name, fileCount, size }));
    }
    case 'read':
      return (await workspace.readFile(operation.path)).toString('latin1');
    case 'readlink':
      return workspace.readlink(operation.path);
    case 'stat':
      return infoOf(await workspace.stat(operation.path));
    case 'lstat':
      return infoOf(await workspace.lstat(operation.path));
    case 'exists':
      return workspace.exists(operation.path);
    case 'list': {
      const { path, recursive } = operation;
      return pathsOf(await workspace.listDir(path, { recursive }), recursive);
    }
    default:
      return changeStore(workspace, operation);
  }
}

async function changeStore(workspace: Workspace, operation: WorkspaceOperation): Promise<void> {
  switch (operation.do) {
    case 'write':
      return workspace.writeFile(operation.path, operation.data, {
        encoding: 'latin1',
        flag: operation.flag,
        mode: operation.mode,
      });
    case 'patch': {
      const bytes = Buffer.from(operation.data, 'latin1');
      return workspace.patchFile(operation.path, bytes, operation.position);
    }
    case 'mkdir': {
      const { path, recursive, mode } = operation;
      return workspace.mkdir(path, mode === undefined ? { recursive } : { recursive, mode });
    }
    case 'chmod':
      return workspace.chmod(operation.path, operation.mode);
    case 'symlink':
      return workspace.symlink(operation.target, operation.path);
    case 'copy': {
      const { from, to, overwrite, recursive } = operation;
      return workspace.copy(from, to, { overwrite, recursive });
    }
    case 'move': {
      const { from, to, overwrite } = operation;
      return workspace.move(from, to, { overwrite });
    }
    case 'delete': {
      const { path, recursive, force } = operation;
      return workspace.delete(path, { recursive, force });
    }
    case 'batch':
      await workspace.batch(operation.operations);
      return;
    default:
      throw new Error(`The store is not asked to ${operation.do}.`);
  }
}

/** Everything in a workspace, in the form of the model. */
export async function readAll(workspace: Workspace): Promise<Map<string, ModelItem>> {
  const items = new Map<string, ModelItem>();
  for (const { path, kind, mode, target } of await workspace.listDir('/', { recursive: true })) {
    if (kind === 'directory') items.set(path, { kind, mode });
    else if (kind === 'symlink') items.set(path, { kind, target: target ?? '' });
    else
      items.set(path, { kind, content: (await workspace.readFile(path)).toString('latin1'), mode });
  }
  return items;
}

/** Makes the items in any order: parents as they come, and their modes at the end. */
export async function makeAnew(
  workspace: Workspace,
  items: readonly (readonly [path: string, item: ModelItem])[],
): Promise<void> {
  for (const name of await workspace.readdir('/'))
    await workspace.delete(name, { recursive: true });
  for (const [path, item] of items) {
    if (item.kind === 'directory') await workspace.mkdir(path, { recursive: true });
    if (item.kind === 'file') await workspace.writeFile(path, item.content, { encoding: 'latin1' });
  }
  for (const [path, item] of items) {
    if (item.kind !== 'symlink') await workspace.chmod(path, item.mode);
  }
  for (const [path, item] of items) {
    if (item.kind === 'symlink') await workspace.symlink(item.target, path);
  }
}

function infoOf({ path, kind, size, mode, target }: FileInfo): unknown {
  return { path, kind, size, mode, target };
}

/** The paths as listed; of a recursive listing the order of the bytes, whatever way it walked. */
function pathsOf(infos: readonly FileInfo[], recursive: boolean): string[] {
  const paths = infos.map(({ path }) => path);
  if (!recursive) return paths;
  return paths.sort((left, right) => Buffer.compare(Buffer.from(left), Buffer.from(right)));
}
