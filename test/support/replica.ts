/** Project directories whose workspaces share a remote, each as on a machine of its own. */

import { randomUUID } from 'node:crypto';
import { pathToFileURL } from 'node:url';
import type { AgentFS, AgentFSOptions, Workspace } from '../../src/index.ts';
import { temporaryDatabase } from './remote-fixture.ts';
import { type TestFiles, TestProject } from './test-project.ts';

/** One machine. */
export interface Replica {
  readonly project: TestProject;
  readonly afs: AgentFS;
  readonly workspace: Workspace;
}

/** Where a remote is, and how to be let in. */
export interface Place {
  readonly tursoDb: string;
  readonly token?: string;
}

/** A remote that is not there yet, and its file, which is not among the options of `enable`. */
export function newPlace(): Place & { readonly file: string } {
  const file = temporaryDatabase();
  const place = { tursoDb: pathToFileURL(file).href, file };
  return Object.defineProperty(place, 'file', { enumerable: false });
}

/** A replica that has pushed these files. */
export async function pushed(
  place: Place,
  files: TestFiles,
  options: AgentFSOptions = {},
): Promise<Replica> {
  const project = new TestProject(files);
  const afs = project.open(options);
  const workspace = await afs.workspace.create('shared');
  await workspace.sync.enable(place);
  await workspace.sync.push();
  return { project, afs, workspace };
}

/** A replica that has pulled what is there, on an empty base. */
export async function pulled(place: Place, options: AgentFSOptions = {}): Promise<Replica> {
  const project = new TestProject();
  const afs = project.open(options);
  const workspace = await afs.workspace.create('shared');
  await workspace.sync.enable(place);
  await workspace.sync.pull();
  return { project, afs, workspace };
}

/** The id of all that a workspace shows. */
export async function treeOf({ snapshot }: Workspace): Promise<string> {
  const { name, tree } = await snapshot.create(`tree-${randomUUID()}`);
  await snapshot.delete(name);
  return tree;
}
