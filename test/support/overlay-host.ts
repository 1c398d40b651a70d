/** Runs commands in an overlay, on hosts that allow it; elsewhere the tests say why they do not run. */

import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe } from 'vitest';
import { Place } from '../../src/disk/place.ts';
import type { Command, RunOptions, RunResult, SandboxProfile } from '../../src/index.ts';
import { parsePath } from '../../src/primitives/path.ts';
import { Signer } from '../../src/primitives/signer.ts';
import { probeOverlay } from '../../src/runner/overlay/overlay-probe.ts';
import { findSandboxTools } from '../../src/runner/sandbox/sandbox-tools.ts';
import type { RunStrategy } from '../../src/runner/strategy.ts';
import type { Engine } from '../../src/workspace/core/engine.ts';
import type { WorkspaceCore } from '../../src/workspace/core/workspace-core.ts';
import {
  type Files,
  forkWorkspace,
  handleOn,
  openTestEngine,
  strategyOf,
  temporaryDirectory,
} from './run-fixture.ts';

/** A workspace and a way to run commands in it. */
export interface OverlayBench {
  readonly base: string;
  readonly engine: Engine;
  readonly core: WorkspaceCore;
  readonly strategy: RunStrategy;
  run(command: Command, options?: RunOptions): Promise<RunResult>;
}

/** The overlay strategy of an open engine, as the sdk makes it. */
export function overlayOf(engine: Engine): RunStrategy {
  return strategyOf(engine, 'overlay');
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

/** Runs commands in a workspace. */
export function runnerOf(
  core: WorkspaceCore,
  strategy: RunStrategy,
  env: NodeJS.ProcessEnv = process.env,
): OverlayBench['run'] {
  const workspace = handleOn(core, [strategy], env);
  return (command, options) => workspace.run(command, { ...options, encoding: 'utf8' });
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
    const layers = new Place(base, parsePath('work'));
    const signer = new Signer(randomBytes(32));
    await probeOverlay({ profile, layers, signer, tools: findSandboxTools });
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    spawnSync('rm', ['-rf', base]);
  }
}
