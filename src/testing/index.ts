/** Helpers for tests of programs that use agentfs: a throw-away base with a workspace on it. */

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { AgentFS, type AgentFSOptions, type Workspace } from '../index.ts';

/** What a temporary workspace begins with. */
export interface TemporaryWorkspaceOptions extends AgentFSOptions {
  /** Files of the base: contents by path. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  /** Name of the workspace; default `test`. */
  readonly name?: string;
}

/**
 * A workspace over a base in a temporary directory; everything is gone after `cleanup`.
 *
 * @example await using test = await TemporaryWorkspace.create({ files: { 'a.txt': 'hello' } });
 */
export class TemporaryWorkspace {
  readonly afs: AgentFS;
  readonly workspace: Workspace;
  /** Absolute path of the base. */
  readonly dir: string;

  private constructor(afs: AgentFS, workspace: Workspace, dir: string) {
    this.afs = afs;
    this.workspace = workspace;
    this.dir = dir;
  }

  /** Makes a base with the given files, opens it and creates a workspace. */
  static async create(options: TemporaryWorkspaceOptions = {}): Promise<TemporaryWorkspace> {
    const { files = {}, name = 'test', ...rest } = options;
    const dir = await mkdtemp(join(tmpdir(), 'agentfs-test-'));
    const afs = new AgentFS(dir, rest);
    try {
      for (const [path, content] of Object.entries(files)) {
        const file = join(dir, path);
        await mkdir(dirname(file), { recursive: true });
        await writeFile(file, content);
      }
      return new TemporaryWorkspace(afs, await afs.workspace.create(name), dir);
    } catch (error) {
      await remove(afs, dir);
      throw error;
    }
  }

  /** Closes the AgentFS and removes the directory; harmless when that has happened. */
  async cleanup(): Promise<void> {
    await remove(this.afs, this.dir);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.cleanup();
  }
}

/** Calls `action` with a temporary workspace, which is gone afterwards, also on errors. */
export async function withTemporaryWorkspace<T>(
  action: (test: TemporaryWorkspace) => Promise<T>,
  options?: TemporaryWorkspaceOptions,
): Promise<T> {
  const test = await TemporaryWorkspace.create(options);
  try {
    return await action(test);
  } finally {
    await test.cleanup();
  }
}

async function remove(afs: AgentFS, dir: string): Promise<void> {
  await afs.close();
  await rm(dir, { recursive: true, force: true });
}
