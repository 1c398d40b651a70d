/** One run in an overlay: the namespace while the command runs, and afterwards its upper layer. */

import { cloneIgnored } from '../../disk/clone.ts';
import type { SafeDirectory } from '../../disk/safe-directory.ts';
import { treeAfterScan } from '../../disk/scanned-tree.ts';
import { runInSlices } from '../../disk/time-slices.ts';
import { OWNER_ALL } from '../../primitives/entry.ts';
import { errorCode } from '../../primitives/errors.ts';
import type { ObjectId } from '../../primitives/object-id.ts';
import { parentPath, ROOT } from '../../primitives/path.ts';
import type { ContentWriter } from '../../store/content-writer.ts';
import { diffTrees } from '../../tree/diff-trees.ts';
import type { ResourceLimits } from '../isolation.ts';
import { fillsDisk } from '../layers/disk-room.ts';
import { newState } from '../layers/ignored-steps.ts';
import { IgnoredView } from '../layers/ignored-view.ts';
import { shownTree, updateLive } from '../layers/live-files.ts';
import { KEPT, type OverlayLayers, UPPER } from '../layers/overlay-layers.ts';
import type { KeptChange } from '../layers/overlay-notes.ts';
import type { CommandGroups } from '../sandbox/sandbox-cgroup.ts';
import { composeLaunch } from '../sandbox/sandbox-launcher.ts';
import type { Namespace } from '../sandbox/sandbox-namespace.ts';
import type { SandboxTools } from '../sandbox/sandbox-tools.ts';
import type { WaitingLaunchers } from '../sandbox/waiting-launchers.ts';
import type {
  Capture,
  CommandStart,
  Launch,
  LiveAddress,
  PreparedRun,
  RunTarget,
  RunWarning,
} from '../strategy.ts';
import { captureUpper, type UpperChanges } from './overlay-capture.ts';
import { overlayAddress } from './overlay-join.ts';
import type { OverlayContext, ShownLayers } from './overlay-show.ts';

/** Everything that a run stands on. */
export interface OverlayRunOptions {
  readonly context: OverlayContext;
  readonly tools: SandboxTools;
  readonly target: RunTarget;
  readonly layers: OverlayLayers;
  readonly shown: ShownLayers;
  readonly namespace: Namespace;
  readonly launchers: WaitingLaunchers;
  /**
   * What commands see, and what they change. Opened before the first of them, as the paths that lead
   * there may be theirs to change; closed with the run.
   */
  readonly merged: SafeDirectory;
  readonly upper: SafeDirectory;
  readonly network: 'host' | 'none';
  /** Limits that each process gets for itself. */
  readonly perProcess: ResourceLimits;
  readonly groups: CommandGroups;
  /** Whether the changes are in memory, since their size is bounded. */
  readonly isBounded: boolean;
  readonly env: Readonly<Record<string, string>>;
}

/** A workspace that is mounted and waits for a command. */
export class OverlayRun implements PreparedRun {
  readonly root: string;
  readonly env: Readonly<Record<string, string>>;
  readonly warnings: readonly RunWarning[];
  readonly #options: OverlayRunOptions;
  #tree: ObjectId;
  #writer: ContentWriter | undefined;
  readonly #ended = new AbortController();
  /** Files that are not what they were in the stock, until somebody is told. */
  readonly #written: RunWarning[] = [];
  #isLooking = false;

  constructor(options: OverlayRunOptions) {
    this.#options = options;
    this.root = options.target.base;
    this.#tree = options.shown.tree ?? options.target.tree;
    this.env = options.env;
    this.warnings = options.shown.warnings;
  }

  get tree(): ObjectId {
    return this.#tree;
  }

  async update(to: ObjectId, keep: (tree: ObjectId) => void): Promise<void> {
    const { context, merged } = this.#options;
    using root = merged.enter(ROOT);
    const live = await updateLive({ ...context, root, from: this.#tree, to });
    this.#tree = context.store.database.transaction(() => {
      const tree = shownTree(context.trees, to, live);
      keep(tree);
      return tree;
    });
  }

  launch({ env, program, workdir }: CommandStart): Launch {
    const { tools, namespace, launchers, network, perProcess, groups, merged } = this.#options;
    const enter = namespace.enter(network);
    const place = { tools, enter, perProcess, groups: groups.members };
    const { before, ...launch } = composeLaunch({ ...place, env, program, workdir });
    const launcher = launchers.take(namespace, merged.location);
    const waiting = launcher && { launcher, program, workdir, before };
    const killsBefore = groups.memoryKills;
    this.#lookAtStock();
    const findings = (): readonly RunWarning[] => {
      const memory = groups.memoryKills > killsBefore ? [this.#memoryWarning()] : [];
      return [...memory, ...this.#written.splice(0)];
    };
    return { ...launch, waiting, cwd: merged.location, findings };
  }

  get address(): LiveAddress {
    const { namespace, network, perProcess, groups, merged } = this.#options;
    const { root, env } = this;
    const place = { root, env, network, perProcess, groups: groups.members };
    return overlayAddress(namespace.pid, { ...place, files: merged.location });
  }

  /** While a command runs there is time for it. */
  #lookAtStock(): void {
    if (this.#isLooking) return;
    this.#isLooking = true;
    const { context, shown } = this.#options;
    const { signal } = this.#ended;
    runInSlices(context.stocks.written(shown.ignored.stock), { signal }).then(
      (warnings) => this.#written.push(...warnings),
      // It was over before; another one will do.
      () => undefined,
    );
  }

  #memoryWarning(): RunWarning {
    const { memoryBytes = 0 } = this.#options.target.isolation.limits;
    const message = `The command ran into its memory limit of ${memoryBytes} bytes, and the system killed it or a part of it.`;
    return { path: '', kind: 'memory', message };
  }

  async capture(): Promise<Capture> {
    const { context, namespace, launchers, groups } = this.#options;
    this.#ended.abort();
    const writer = context.store.contentWriter();
    this.#writer = writer;
    try {
      namespace.outlive(launchers.end());
      // What is open stays mounted, for us alone, when the namespace is gone with all its processes.
      await namespace.close();
      await groups.remove();
      const found = await this.#find(writer);
      const { changes, summary } = found.ignored;
      const ignored = changes.length === 0 ? undefined : { ...summary, state: newState() };
      return {
        warnings: [...found.warnings, ...this.#written.splice(0)],
        ignored,
        settle: () => this.#settle(writer, found, ignored?.state),
      };
    } catch (error) {
      writer.abandon();
      throw error;
    }
  }

  async #find(writer: ContentWriter): Promise<UpperChanges> {
    const { context, layers, target, shown, isBounded, merged, upper } = this.#options;
    const { ignored } = shown;
    using kept = layers.enter(KEPT);
    using stock = ignored.stock === '' ? undefined : context.stocks.open(ignored.stock);
    const lower = new IgnoredView(stock === undefined ? [kept] : [kept, stock]);
    const tree = this.#tree;
    const brought = [...diffTrees(context.trees, target.tree, tree)].map(({ path }) => path);
    const source = { ...context, tree, brought, merged, upper, lower };
    const found = await captureUpper(source, writer);
    if (isBounded) await rescue(found.ignored.changes, upper, layers);
    return found;
  }

  discard(): void {
    const { layers, namespace, launchers, target, shown } = this.#options;
    namespace.outlive(launchers.end());
    // Its control groups stay, empty, until the next run has used them.
    void namespace.close();
    this.#release();
    this.#writer?.abandon();
    this.#writer = undefined;
    const { checkout, ignored } = shown;
    layers.forgetLeft();
    layers.write({ checkout: checkout.name, tree: target.tree, captured: undefined, ignored });
  }

  async leave(note: string): Promise<void> {
    this.discard();
    const { layers, target, namespace, isBounded } = this.#options;
    await namespace.close();
    // What was in memory is gone with the namespace.
    if (isBounded) return;
    // What has filled the disk could not be stored beside itself, and would keep all others from it.
    using upper = layers.enter(UPPER);
    if (fillsDisk(upper)) {
      await layers.dropUpper();
      return;
    }
    try {
      layers.writeLeft({ tree: target.tree, seen: this.#tree, note });
    } catch (error) {
      // There is not even room for the note.
      if (errorCode(error) !== 'ENOSPC') throw error;
    }
  }

  /** Lets go of what was mounted. */
  #release(): void {
    this.#ended.abort();
    this.#options.merged.close();
    this.#options.upper.close();
  }

  #settle(writer: ContentWriter, found: UpperChanges, state: number | undefined): ObjectId {
    const { context, layers, shown, target } = this.#options;
    const { checkout, ignored } = shown;
    writer.settle();
    this.#release();
    layers.forgetLeft();
    const tree = treeAfterScan(context.trees, this.#tree, found.changes);
    // Only what to make of the upper layer the next time: should the transaction fail, the layers
    // can still be brought from this tree to any other.
    const { changes } = found.ignored;
    const kept = state === undefined ? undefined : { state, changes, refreshed: [] };
    const isSame = tree === target.tree && kept === undefined;
    const captured = isSame ? undefined : { tree, ignored: kept };
    layers.write({ checkout: checkout.name, tree: target.tree, captured, ignored });
    return tree;
  }
}

/** Brings what is to be kept from memory to the upper layer on disk, where it will be looked for. */
async function rescue(
  kept: readonly KeptChange[],
  from: SafeDirectory,
  layers: OverlayLayers,
): Promise<void> {
  using to = layers.enter(UPPER);
  for (const { path, change } of kept) {
    if (change !== 'moved') continue;
    to.makePath(parentPath(path), OWNER_ALL);
    await cloneIgnored({ from, to, path });
  }
}
