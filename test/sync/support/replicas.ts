/** Replicas of one workspace: projects on one machine that share a database in a file. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { AgentFS, AgentFSOptions, Workspace } from '../../../src/index.ts';
import { type TestFiles, TestProject } from '../../support/test-project.ts';

/** A project of its own with the workspace in it. */
export interface Replica {
  readonly project: TestProject;
  readonly afs: AgentFS;
  readonly workspace: Workspace;
}

/** The address of a database that is gone when the test has finished. */
export function fileRemote(): string {
  const directory = mkdtempSync(join(tmpdir(), 'agentfs-shared-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return `file:${join(directory, 'remote.db')}`;
}

/** A workspace `shared` in a project of its own, with the remote. */
export async function replica(
  tursoDb: string,
  files: TestFiles = {},
  options: AgentFSOptions = {},
): Promise<Replica> {
  const project = new TestProject(files);
  const afs = project.open(options);
  const workspace = await afs.workspace.create('shared');
  await workspace.sync.enable({ tursoDb });
  return { project, afs, workspace };
}

/** Two replicas that have both pulled what the first began with. */
export async function pair(
  files: TestFiles = {},
  options: AgentFSOptions = {},
): Promise<{ readonly url: string; readonly a: Replica; readonly b: Replica }> {
  const url = fileRemote();
  const a = await replica(url, files, options);
  await a.workspace.sync.push();
  const b = await replica(url, {}, options);
  await b.workspace.sync.pull();
  return { url, a, b };
}

/** The id of a workspace's tree as it is now. */
export async function treeOf({ workspace }: Replica): Promise<string> {
  const name = `tree-${Math.random().toString(36).slice(2)}`;
  await workspace.snapshot.create(name);
  const [before] = await workspace.audit.logs({ operation: 'snapshot', order: 'desc', limit: 1 });
  await workspace.snapshot.delete(name);
  return String(before?.details?.checksumAfter);
}
