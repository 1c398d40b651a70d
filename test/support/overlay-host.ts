/** Runs commands in an overlay, on hosts that allow it; elsewhere the tests say why they do not run. */

import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, onTestFinished } from 'vitest';
import type { SandboxProfile } from '../../src/runner/isolation.ts';
import { probeOverlay } from '../../src/runner/overlay-probe.ts';
import { OverlayStrategy } from '../../src/runner/overlay-strategy.ts';
import { findSandboxTools } from '../../src/runner/sandbox-tools.ts';
import { directoryContext } from '../../src/workspace/directory-context.ts';
import type { Engine } from '../../src/workspace/engine.ts';
import { runCommand } from '../../src/workspace/run-command.ts';
import type { RunOptions } from '../../src/workspace/run-options.ts';
import type { RunResult } from '../../src/workspace/run-result.ts';
import type { WorkspaceCore } from '../../src/workspace/workspace-core.ts';
import { type Files, forkWorkspace, openTestEngine, temporaryDirectory } from './run-fixture.ts';

/** A workspace and a way to run commands in it. */
export interface OverlayBench {
  readonly base: string;
  readonly engine: Engine;
  readonly core: WorkspaceCore;
  readonly strategy: OverlayStrategy;
  run(command: string | readonly string[], options?: RunOptions): Promise<RunResult>;
}

/** The overlay strategy of an open engine, as the sdk makes it. */
export function overlayOf(engine: Engine): OverlayStrategy {
  const { workRoot, store } = engine;
  const storePath = store.database.path;
  return new OverlayStrategy({ ...directoryContext(engine), workRoot, storePath });
}

/**
 * A project with a workspace whose commands run in an overlay.
 *
 * @param base - a directory with other files than those.
 */
export async function overlayBench(
  files: Files,
  env: NodeJS.ProcessEnv = process.env,
  base: string = temporaryDirectory(files),
): Promise<OverlayBench> {
  const engine = openTestEngine(base);
  const core = await forkWorkspace(engine);
  const strategy = overlayOf(engine);
  return { base, engine, core, strategy, run: runnerOf(core, strategy, env) };
}

/** An empty directory, gone when the test has finished, at a place that no profile hides. */
export function visibleDirectory(): string {
  const parent = process.getuid?.() === 0 ? '/srv' : realpathSync('.');
  const directory = mkdtempSync(join(parent, '.agentfs-visible-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  // For other users, too.
  chmodSync(directory, 0o755);
  return directory;
}

/** Runs commands in a workspace. */
export function runnerOf(
  core: WorkspaceCore,
  strategy: OverlayStrategy,
  env: NodeJS.ProcessEnv = process.env,
): OverlayBench['run'] {
  const host = { strategies: [strategy], env };
  return (command, options) => runCommand(core, host, command, { ...options, encoding: 'utf8' });
}

/** Describes what needs a profile; skipped, with the host's reason in the title, without it. */
export async function describeOverlay(
  profile: SandboxProfile,
  title: string,
  tests: () => void,
): Promise<void> {
  const reason = await refusalOf(profile);
  describe.skipIf(reason !== undefined)(
    reason === undefined ? title : `${title} (${reason})`,
    tests,
  );
}

async function refusalOf(profile: SandboxProfile): Promise<string | undefined> {
  const base = realpathSync(mkdtempSync(join(tmpdir(), 'agentfs-probe-')));
  try {
    await probeOverlay({ profile, base, workRoot: join(base, 'work'), tools: findSandboxTools });
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    spawnSync('rm', ['-rf', base]);
  }
}
