/** A project in a temporary directory, opened as the sdk does, with workspaces to run commands in. */

import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { ConfigInput } from '../../src/config/nested.ts';
import type { RuntimeOptions } from '../../src/config/options.ts';
import { parsePath } from '../../src/primitives/path.ts';
import type { RunStrategy, StrategyName } from '../../src/runner/strategy.ts';
import { prepareContent } from '../../src/store/contents.ts';
import type { WorkspaceRow } from '../../src/store/workspaces.ts';
import { runStrategies } from '../../src/workspace/commands/run-strategies.ts';
import { type Engine, openEngine } from '../../src/workspace/core/engine.ts';
import { WorkspaceCore } from '../../src/workspace/core/workspace-core.ts';
import { writeFile } from '../../src/workspace/files/edit-files.ts';
import { ScheduledSync } from '../../src/workspace/sharing/scheduled-sync.ts';
import { Workspace } from '../../src/workspace/workspace.ts';
import { addWorkspace } from '../store/fixtures.ts';

/** Files by path; a path that ends with a slash is an empty directory. */
export type Files = Readonly<Record<string, string>>;

/** Makes a directory, without links in its path, that is gone when the test ends. */
export function temporaryDirectory(files: Files = {}): string {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'agentfs-run-')));
  onTestFinished(() => {
    // Node's own rm gives up on modes of 000; these are our own files.
    spawnSync('chmod', ['-R', 'u+rwx', directory]);
    spawnSync('rm', ['-rf', directory]);
  });
  writeFiles(directory, files);
  return directory;
}

/** Writes files below a directory, making the directories on the way. */
export function writeFiles(root: string, files: Files): void {
  for (const [path, content] of Object.entries(files)) {
    if (path.endsWith('/')) {
      mkdirSync(join(root, path), { recursive: true });
      continue;
    }
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
}

/** Opens the engine on a base; it is closed when the test ends. */
export function openTestEngine(
  basePath: string,
  settings: ConfigInput = {},
  runtime: RuntimeOptions = {},
): Engine {
  // As AgentFS has it: what one leaves, the other knows for its own.
  const configHome = process.env['XDG_CONFIG_HOME'];
  const announcer = { emit: () => undefined };
  const { signal: closing } = new AbortController();
  const found = { announcer, closing, env: { XDG_CONFIG_HOME: configHome } };
  const engine = openEngine({ basePath, settings, runtime, ...found });
  onTestFinished(() => {
    engine.store.close();
    engine.home.close();
  });
  return engine;
}

/** Scans the base and forks a workspace from it. */
export async function forkWorkspace(
  engine: Engine,
  name = 'work',
  changes: Partial<WorkspaceRow> = {},
): Promise<WorkspaceCore> {
  const { tree } = await engine.base.scan();
  return new WorkspaceCore(
    engine,
    addWorkspace(engine.store, name, tree, { uuid: randomUUID(), ...changes }),
  );
}

/** A new strategy of an open engine, as the sdk makes it. */
export function strategyOf(engine: Engine, name: StrategyName): RunStrategy {
  const strategy = runStrategies(engine).find((each) => each.name === name);
  if (strategy === undefined) throw new Error(`There is no strategy '${name}'.`);
  return strategy;
}

/** The workspace as its users have it, but with these ways to run commands. */
export function handleOn(
  core: WorkspaceCore,
  strategies: readonly RunStrategy[],
  env: NodeJS.ProcessEnv = process.env,
): Workspace {
  const quiet = { before: async () => undefined, tell: () => undefined };
  const sync = new ScheduledSync(core, quiet);
  return new Workspace(core, {
    ...{ ...quiet, env },
    strategies: () => strategies,
    syncOf: () => sync,
  });
}

/** Writes a file through the API. */
export function write(core: WorkspaceCore, path: string, content: string, mode?: number): void {
  const data = prepareContent(Buffer.from(content));
  core.edit((draft) => [writeFile(draft, parsePath(path), data, { flag: 'w', mode })]);
}

/** A file as `mode content`, a link as `-> target`, a directory as `mode/`, by path. */
export type Listing = Record<string, string>;

/** What a workspace holds. */
export function listWorkspace(core: WorkspaceCore): Listing {
  const listing: Listing = {};
  for (const [path, entry] of core.view().tree.walk()) {
    const mode = entry.mode.toString(8);
    if (entry.kind === 'directory') listing[path] = `${mode}/`;
    else {
      const text = core.engine.store.contents.read(entry).toString('latin1');
      listing[path] = entry.kind === 'symlink' ? `-> ${text}` : `${mode} ${text}`;
    }
  }
  return listing;
}

/** What a real directory holds, but for `.git`, `.agentfs`, special files and what `skip` names. */
export function listDirectory(root: string, skip: readonly string[] = []): Listing {
  const hidden = new Set(['.git', '.agentfs', ...skip]);
  const listing: Listing = {};
  const stack = [''];
  for (let directory = stack.pop(); directory !== undefined; directory = stack.pop()) {
    for (const name of readdirSync(join(root, directory))) {
      const path = join(directory, name);
      const shown = hidden.has(name) ? undefined : describeEntry(join(root, path));
      if (shown === undefined) continue;
      listing[path] = shown;
      if (/^\d+\/$/.test(shown)) stack.push(path);
    }
  }
  return listing;
}

function describeEntry(path: string): string | undefined {
  const stats = lstatSync(path);
  const mode = (stats.mode & 0o777).toString(8);
  if (stats.isDirectory()) return `${mode}/`;
  if (stats.isSymbolicLink()) return `-> ${readlinkSync(path, 'latin1')}`;
  return stats.isFile() ? `${mode} ${readFileSync(path, 'latin1')}` : undefined;
}
