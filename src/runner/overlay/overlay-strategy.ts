/**
 * Runs commands in an overlay of frozen layers, mounted over the base's own path in namespaces of
 * its own. Starts in milliseconds whatever the size of the project, runs at the speed of the file
 * system, and keeps a command from everything but its workspace. Linux only.
 */

import type { Place } from '../../disk/place.ts';
import { SafeDirectory } from '../../disk/safe-directory.ts';
import { errorCode } from '../../primitives/errors.ts';
import { contentId } from '../../primitives/object-id.ts';
import type { Signer } from '../../primitives/signer.ts';
import type { WorkDirectoryContext } from '../directory/work-directory.ts';
import type { Isolation, IsolationRequest, ResourceLimits, SandboxProfile } from '../isolation.ts';
import { Checkouts } from '../layers/checkouts.ts';
import { layersPlace } from '../layers/layers-place.ts';
import { OverlayLayers, UPPER } from '../layers/overlay-layers.ts';
import type { PackageCaches } from '../layers/package-caches.ts';
import { CommandGroups, findGroupPlaces, type GroupPlaces } from '../sandbox/sandbox-cgroup.ts';
import { divideLimits } from '../sandbox/sandbox-limits.ts';
import { type HostMount, readHostMounts } from '../sandbox/sandbox-mounts.ts';
import {
  entered,
  type Namespace,
  type NamespacePlan,
  openNamespace,
} from '../sandbox/sandbox-namespace.ts';
import { findSandboxTools, type SandboxTools } from '../sandbox/sandbox-tools.ts';
import { WaitingLaunchers } from '../sandbox/waiting-launchers.ts';
import type {
  JoinedRun,
  LeftRun,
  LiveAddress,
  PreparedRun,
  Refresh,
  RefreshTarget,
  RunStrategy,
  RunTarget,
} from '../strategy.ts';
import { cachesFor, cacheVariables } from './cache-mounts.ts';
import { makeMountPoints } from './overlay-ignored.ts';
import { joinOverlay } from './overlay-join.ts';
import { probeOverlay } from './overlay-probe.ts';
import { planRefresh } from './overlay-refresh.ts';
import { OverlayRun, type OverlayRunOptions } from './overlay-run.ts';
import { type OverlayContext, type ShownLayers, showLayers, showLeft } from './overlay-show.ts';
import { planSandbox, STAGED_CHANGES } from './sandbox-plan.ts';

/** What the overlays of a store need besides what all strategies do. */
export interface OverlayStrategyContext extends WorkDirectoryContext {
  /** Where the directories of workspaces are kept, and checkouts. */
  readonly work: Place;
  /** Where the layers of workspaces are kept. */
  readonly layers: Place;
  readonly caches: PackageCaches;
  /** Signs what is noted down of layers and checkouts. */
  readonly signer: Signer;
  /** The file of the store, which no command may see; undefined when there is none. */
  readonly storePath: string | undefined;
  /** Files and directories that confined commands do not see either; asked for at each run. */
  readonly secretFiles?: () => readonly string[];
}

/** The layers of a workspace, and what they are mounted with. */
interface OverlayPlace {
  readonly context: OverlayContext;
  readonly layers: OverlayLayers;
  readonly mounts: readonly HostMount[];
  readonly shown: ShownLayers;
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
  readonly #opened = new Map<string, Namespace>();
  #places: GroupPlaces | undefined;
  #foundTools: SandboxTools | undefined;

  constructor(context: OverlayStrategyContext) {
    this.#context = context;
    this.#checkouts = new Checkouts(context, context.work);
  }

  async isolation(request: IsolationRequest): Promise<Isolation> {
    const profile = await this.#profileFor(request.profile);
    const isWeaker = request.profile === undefined && profile === 'none';
    const reason = isWeaker ? await reasonAgainst(this.#probe('standard')) : undefined;
    const { notes } = divideLimits(request.limits, this.#groupPlaces(), profile);
    return {
      profile,
      filesystem: profile === 'none' ? 'cooperative' : 'confined',
      network: networkOf(profile, request.limits),
      processes: 'namespace',
      description: [DESCRIPTIONS[profile], ...notes].join(' '),
      ...(reason === undefined ? {} : { reason }),
    };
  }

  async prepare(target: RunTarget): Promise<PreparedRun> {
    // Refused before anything is touched.
    await this.isolation(target.isolation);
    const { context, layers, mounts } = await this.#placeOf(target.directory);
    const shown = await showLayers(context, layers, target);
    return this.#open(target, { context, layers, mounts, shown });
  }

  async refresh(target: RefreshTarget): Promise<Refresh> {
    const { context, layers } = await this.#placeOf(target.directory);
    return planRefresh(context, layers, target);
  }

  join(_directory: Place, address: LiveAddress): JoinedRun | undefined {
    return joinOverlay(address, this.#tools());
  }

  hasLeft(directory: Place): boolean {
    return this.#layersOf(directory).isLeft;
  }

  async resume(target: Omit<RunTarget, 'tree' | 'ignored'>): Promise<LeftRun | undefined> {
    const place = await this.#placeOf(target.directory);
    const left = place.layers.readLeft();
    const shown = left && (await showLeft(place.context, place.layers, left.tree));
    if (left === undefined || shown === undefined) {
      place.layers.forgetLeft();
      return undefined;
    }
    const { tree, seen, note } = left;
    const prepared = await this.#open(
      { ...target, tree, ignored: shown.ignored },
      { ...place, shown: { ...shown, tree: seen } },
    );
    return { prepared, note };
  }

  async #placeOf(directory: Place): Promise<Omit<OverlayPlace, 'shown'>> {
    const context = { ...this.#context, checkouts: this.#checkouts, mknod: this.#tools().mknod };
    const layers = this.#layersOf(directory);
    // Those of the run before may still be writing.
    await this.#opened.get(layers.place.path)?.close();
    return { context, layers, mounts: readHostMounts() };
  }

  /** @param directory - of a target, whose name is that of the workspace. */
  #layersOf({ name }: Place): OverlayLayers {
    const { layers, signer } = this.#context;
    return new OverlayLayers(layersPlace(layers, name), signer);
  }

  /** Mounts what is shown. */
  async #open(target: RunTarget, place: OverlayPlace): Promise<PreparedRun> {
    const { profile, network } = await this.isolation(target.isolation);
    const { layers, shown, mounts } = place;
    const tools = this.#tools();
    const { limits } = target.isolation;
    const places = this.#groupPlaces();
    const { perProcess } = divideLimits(limits, places, profile);
    using base = SafeDirectory.open(target.base);
    using opened = layers.open();
    using checkout = this.#checkouts.open(shown.checkout);
    const { stock: name, linked } = await makeMountPoints(shown.ignored, base, opened);
    using stock = name === '' ? undefined : this.#context.stocks.open(name);
    const directories = cachesFor(profile, limits, target.caches);
    using root = await this.#context.caches.open(directories);
    const plan = planSandbox({
      ...{ tools, profile, base, mounts, checkout, stock, linked, layers: opened },
      caches: directories.length === 0 ? undefined : { root, directories },
      hidden: this.#hidden(profile),
      diskBytes: limits.diskBytes,
      network,
    });
    // Before anything that would have to be taken back.
    const groups = CommandGroups.create(places, groupName(layers.place.path), limits);
    const enter = entered(network);
    const launch = { tools, enter, perProcess, groups: groups.members };
    const opening = openMeanwhile(plan, layers, (pid) => launchers.enter(pid));
    const launchers = new WaitingLaunchers(launch, target.piped);
    const namespace = await opening.catch((error: unknown) => {
      void launchers.end();
      throw error;
    });
    launchers.begin(target.base);
    this.#opened.set(layers.place.path, namespace);
    const isBounded = limits.diskBytes !== undefined;
    const mounted = openMounted(namespace, target.base, isBounded ? undefined : opened);
    layers.openWork();
    const own = profile === 'restricted' ? RESTRICTED_ENV : cacheVariables(directories);
    return new OverlayRun({
      ...{ ...place, ...mounted, env: { ...GIT_ENV, ...own } },
      ...{ tools, target, namespace, launchers, network, perProcess, groups, isBounded },
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

  #groupPlaces(): GroupPlaces {
    this.#places ??= findGroupPlaces();
    return this.#places;
  }

  #hidden(profile: SandboxProfile): string[] {
    const { work, layers, storePath, secretFiles } = this.#context;
    const secrets = profile === 'none' ? [] : (secretFiles?.() ?? []);
    const files = storePath === undefined ? [] : ['', '-wal', '-shm'].map((end) => storePath + end);
    return [work.path, layers.path, ...files, ...secrets];
  }
}

/** While others set the namespaces up there is time to remove what the last run has left. */
async function openMeanwhile(
  plan: NamespacePlan,
  layers: OverlayLayers,
  onEntry: (pid: number) => void,
): Promise<Namespace> {
  const opening = openNamespace(plan, onEntry);
  const [opened, removed] = await Promise.allSettled([opening, layers.removeOld()]);
  if (opened.status === 'rejected') throw opened.reason;
  if (removed.status === 'fulfilled') return opened.value;
  await opened.value.close();
  throw removed.reason;
}

/** Opens the root of what commands will see and the layer that they will change. */
function openMounted(
  namespace: Namespace,
  base: string,
  layers: SafeDirectory | undefined,
): Pick<OverlayRunOptions, 'merged' | 'upper'> {
  const merged = SafeDirectory.open(namespace.hostPath(base));
  try {
    const staged = namespace.stagePath(`${STAGED_CHANGES}/upper`);
    return { merged, upper: layers?.enter(UPPER) ?? SafeDirectory.open(staged) };
  } catch (error) {
    merged.close();
    throw error;
  }
}

function networkOf(profile: SandboxProfile, { network }: ResourceLimits): 'host' | 'none' {
  return profile === 'restricted' ? 'none' : (network ?? 'host');
}

/** What a profile was refused with. */
function reasonAgainst(probe: Promise<void>): Promise<string | undefined> {
  return probe.then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
}

function groupName(directory: string): string {
  return contentId(Buffer.from(directory)).slice(0, 32);
}

/** The workspace is a mount, at which git would stop to look for the repository that it is a part of. */
const GIT_ENV: Readonly<Record<string, string>> = { GIT_DISCOVERY_ACROSS_FILESYSTEM: '1' };

/** What programs cannot do without, where nothing of the host's environment is given on. */
const RESTRICTED_ENV: Readonly<Record<string, string>> = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  HOME: '/tmp',
  LANG: 'C.UTF-8',
};
