/** Does operations in the model. */

import type { BatchOp } from '../../../src/index.ts';
import { type ModelFiles, type ModelItem, Refusal } from '../../support/model.ts';
import type { ModelWorkspace, ModelWorkspaces } from './model-workspaces.ts';
import type { Operation, WorkspaceOperation } from './operations.ts';

/** Does an operation in the model and returns what it has to return. @throws {Refusal} */
export function onModel(model: ModelWorkspaces, operation: Operation): unknown {
  switch (operation.do) {
    case 'create':
      return model.create(operation.name, operation.origin);
    case 'deleteWorkspace':
      return model.delete(operation.name);
    case 'merge':
      return mergeModel(model, operation.source, operation.target);
    case 'gc':
    case 'reopen':
      return undefined;
    default:
      return inModel(model, operation);
  }
}

function mergeModel(model: ModelWorkspaces, source: string, target: string): void {
  const merged = model.merge(source, target);
  if (merged === 'unknown') throw new Error('The generator leaves such merges out.');
  if (merged === 'conflict') throw new Refusal('MERGE_CONFLICT');
  model.get(target).step('merge', () => merged);
}

function inModel(model: ModelWorkspaces, operation: WorkspaceOperation): unknown {
  const workspace = model.get(operation.in);
  const { files } = workspace;
  switch (operation.do) {
    case 'snapshot':
      return workspace.takeSnapshot(operation.name);
    case 'deleteSnapshot':
      workspace.snapshotFiles(operation.name);
      workspace.snapshots.delete(operation.name);
      return undefined;
    case 'restore':
      return workspace.restore(operation.name, operation.backup);
    case 'undo':
      return workspace.undo();
    case 'redo':
      return workspace.redo();
    case 'history':
      return workspace.history.slice(0, 50);
    case 'snapshots':
      return [...workspace.snapshots].map(([name, each]) => ({ name, ...sizesOf(each) }));
    case 'read':
      return files.read(operation.path);
    case 'readlink':
      return files.readlink(operation.path);
    case 'stat':
      return describe(files.found(operation.path));
    case 'lstat':
      return describe(files.found(operation.path, false));
    case 'exists':
      return existsInModel(files, operation.path);
    case 'list':
      return files.list(operation.path, operation.recursive);
    default:
      return changeModel(workspace, operation);
  }
}

function changeModel(workspace: ModelWorkspace, operation: WorkspaceOperation): void {
  const { files } = workspace;
  switch (operation.do) {
    case 'write': {
      const { path, data, flag, mode } = operation;
      workspace.files = files.write(path, data, flag, mode);
      return;
    }
    case 'patch':
      workspace.files = files.write(operation.path, operation.data, operation.position);
      return;
    case 'mkdir':
      workspace.files = files.mkdir(operation.path, operation.recursive, operation.mode);
      return;
    case 'chmod':
      workspace.files = files.chmod(operation.path, operation.mode);
      return;
    case 'symlink':
      workspace.files = files.symlink(operation.target, operation.path);
      return;
    case 'copy':
      workspace.files = files.copy(operation.from, operation.to, operation);
      return;
    case 'move':
    case 'delete': {
      const path = operation.do === 'move' ? operation.from : operation.path;
      const change = (): ModelFiles =>
        operation.do === 'move'
          ? files.move(operation.from, operation.to, operation)
          : files.delete(operation.path, operation);
      const changed = change();
      // Only directories make a step of their own.
      if (files.resolve(path, false).item?.kind === 'directory') {
        workspace.step(operation.do, () => changed);
      } else {
        workspace.files = changed;
      }
      return;
    }
    case 'batch':
      workspace.step('batch', (before) => operation.operations.reduce(batchOnModel, before));
      return;
    default:
      throw new Error(`The model does not know ${operation.do}.`);
  }
}

function batchOnModel(files: ModelFiles, operation: BatchOp): ModelFiles {
  switch (operation.type) {
    case 'write':
      return files.write(operation.path, String(operation.content), 'w', operation.mode);
    case 'append':
      return files.write(operation.path, String(operation.content), 'a');
    case 'delete':
      return files.delete(operation.path, { recursive: true, force: false });
    case 'copy':
      return files.copy(operation.from, operation.to, { overwrite: true, recursive: true });
    case 'move':
      return files.move(operation.from, operation.to, { overwrite: true });
    case 'mkdir':
      return files.mkdir(operation.path, true);
    case 'chmod':
      return files.chmod(operation.path, operation.mode);
    case 'symlink':
      return files.symlink(operation.target, operation.path);
  }
}

function describe({ path, item }: { path: string; item: ModelItem }): unknown {
  switch (item.kind) {
    case 'file':
      return { path, kind: 'file', size: item.content.length, mode: item.mode, target: undefined };
    case 'directory':
      return { path, kind: 'directory', size: 0, mode: item.mode, target: undefined };
    case 'symlink': {
      const size = Buffer.byteLength(item.target);
      return { path, kind: 'symlink', size, mode: 0o777, target: item.target };
    }
  }
}

/** Whether a path leads to something; what cannot be followed leads to nothing. */
function existsInModel(files: ModelFiles, path: string): boolean {
  try {
    return files.resolve(path, true).item !== undefined;
  } catch (error) {
    if (error instanceof Refusal) return false;
    throw error;
  }
}

function sizesOf({ items }: ModelFiles): { fileCount: number; size: number } {
  let fileCount = 0;
  let size = 0;
  for (const item of items.values()) {
    if (item.kind === 'directory') continue;
    fileCount += 1;
    size += item.kind === 'file' ? item.content.length : Buffer.byteLength(item.target);
  }
  return { fileCount, size };
}
