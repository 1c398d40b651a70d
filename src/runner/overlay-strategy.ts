/**
 * Runs commands in an overlay of frozen layers, mounted over the base's own path in namespaces of
 * its own. Starts in milliseconds whatever the size of the project, runs at the speed of the file
 * system, and keeps a command from everything but its workspace. Linux only.
 */

import { errorCode } from '../primitives/errors.ts';
import { Checkouts } from './checkouts.ts';
import {
  type Isolation,
  type IsolationRequest,
  type SandboxProfile,
  sandboxUnavailable,
} from './isolation.ts';
import { OverlayLayers, overlayDirectory } from './overlay-layers.ts';
import { probeOverlay } from './overlay-probe.ts';
import { OverlayRun } from './overlay-run.ts';
import { showLayers } from './overlay-show.ts';
import { readHostMounts } from './sandbox-mounts.ts';
import { type Namespace, openNamespace } from './sandbox-namespace.ts';
import { planSandbox } from './sandbox-plan.ts';
import { findSandboxTools, type SandboxTools } from './sandbox-tools.ts';
import type { PreparedRun, RunStrategy, RunTarget } from './strategy.ts';
import type { WorkDirectoryContext } from './work-directory.ts';

/** What the overlays of a store need besides what all strategies do. */
export interface OverlayStrategyContext extends WorkDirectoryContext {
  /** Where workspaces are kept, absolute. */
  readonly workRoot: string;
  /** The file of the store, which no command may see; undefined when there is none. */
  readonly storePath: string | undefined;
}

const DESCRIPTIONS: Readonly<Record<SandboxProfile, string>> = {
  none: 'Changes of the workspace are captured, and processes end with the command; it is kept from nothing else.',
  standard:
    'The host is read-only, its temporary files, services, processes and secrets are hidden; the network is open.',
  restricted:
    'The host is read-only, its temporary files, services, processes and secrets are hidden; there is no network.',
};

/** The strategy for Linux hosts that let it set up namespaces. */
export class OverlayStrategy implements RunStrategy {
  readonly name = 'overlay';
  readonly #context: OverlayStrategyContext;
  readonly #checkouts: Checkouts;
  readonly #probes = new Map<SandboxProfile, Promise<void>>();
  /** Namespaces whose processes may still be dying. */
  readonly #open = new Map<string, Namespace>();
  #foundTools: SandboxTools | undefined;

  constructor(context: OverlayStrategyContext) {
    this.#context = context;
    this.#checkouts = new Checkouts(context, context.workRoot);
  }

  async isolation(request: IsolationRequest): Promise<Isolation> {
    const profile = await this.#profileFor(request.profile);
    const limit = Object.entries(request.limits).find(([, value]) => value !== undefined)?.[0];
    if (limit !== undefined) {
      throw sandboxUnavailable(`limits.${limit} cannot be enforced`, 'Leave the limit out.');
    }
    return {
      profile,
      filesystem: profile === 'none' ? 'cooperative' : 'confined',
      network: profile === 'restricted' ? 'none' : 'host',
      processes: 'namespace',
      description: DESCRIPTIONS[profile],
    };
  }

  async prepare(target: RunTarget): Promise<PreparedRun> {
    const { profile, network } = await this.isolation(target.isolation);
    const tools = this.#tools();
    const context = { ...this.#context, checkouts: this.#checkouts, mknod: tools.mknod };
    const layers = new OverlayLayers(overlayDirectory(target.directory));
    const mounts = readHostMounts();
    await this.#open.get(layers.directory)?.close();
    const shown = await showLayers(context, layers, target, mounts);
    const plan = planSandbox({
      tools,
      profile,
      base: target.base,
      layers,
      checkout: this.#checkouts.pathOf(shown.checkout),
      ignored: shown.ignored,
      hidden: this.#hidden(),
      mounts,
      diskBytes: undefined,
    });
    const namespace = await openNamespace(plan);
    this.#open.set(layers.directory, namespace);
    const env = profile === 'restricted' ? RESTRICTED_ENV : {};
    const perProcess = {};
    return new OverlayRun({
      ...{ context, tools, target, layers, shown, namespace, network, perProcess, env },
    });
  }

  async #profileFor(wanted: SandboxProfile | undefined): Promise<SandboxProfile> {
    if (wanted !== undefined) {
      await this.#probe(wanted);
      return wanted;
    }
    try {
      await this.#probe('standard');
      return 'standard';
    } catch (error) {
      if (errorCode(error) !== 'SANDBOX_UNAVAILABLE') throw error;
      await this.#probe('none');
      return 'none';
    }
  }

  #probe(profile: SandboxProfile): Promise<void> {
    const known = this.#probes.get(profile);
    if (known !== undefined) return known;
    const probe = probeOverlay({ ...this.#context, profile, tools: () => this.#tools() });
    this.#probes.set(profile, probe);
    return probe;
  }

  #tools(): SandboxTools {
    this.#foundTools ??= findSandboxTools();
    return this.#foundTools;
  }

  #hidden(): string[] {
    const { workRoot, storePath } = this.#context;
    const files = storePath === undefined ? [] : ['', '-wal', '-shm'].map((end) => storePath + end);
    return [workRoot, ...files];
  }
}

/** What programs cannot do without, where nothing of the host's environment is given on. */
const RESTRICTED_ENV: Readonly<Record<string, string>> = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  HOME: '/tmp',
  LANG: 'C.UTF-8',
};
