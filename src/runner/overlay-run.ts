/** One run in an overlay: the namespace while the command runs, and afterwards its upper layer. */

import { closeSync, lstatSync, mkdirSync, openSync, type Stats } from 'node:fs';
import { dirname, join } from 'node:path';
import { cloneIgnored } from '../disk/clone.ts';
import { procPath } from '../disk/directory-handles.ts';
import { diskError } from '../disk/disk-error.ts';
import { SafeDirectory } from '../disk/safe-directory.ts';
import { treeAfterScan } from '../disk/scanned-tree.ts';
import { errorCode, FileNotFoundError, FileSystemError } from '../primitives/errors.ts';
import type { ObjectId } from '../primitives/object-id.ts';
import { ROOT, type TreePath } from '../primitives/path.ts';
import type { ContentWriter } from '../store/content-writer.ts';
import { fillsDisk } from './disk-room.ts';
import type { ResourceLimits } from './isolation.ts';
import { captureUpper, type UpperChanges } from './overlay-capture.ts';
import type { KeptChange, OverlayLayers } from './overlay-layers.ts';
import type { OverlayContext, ShownLayers } from './overlay-show.ts';
import type { CommandGroups } from './sandbox-cgroup.ts';
import { composeLaunch } from './sandbox-launcher.ts';
import type { Namespace } from './sandbox-namespace.ts';
import { STAGED_CHANGES } from './sandbox-plan.ts';
import { requireProgram } from './sandbox-program.ts';
import type { SandboxTools } from './sandbox-tools.ts';
import type { Capture, Launch, PreparedRun, RunTarget, RunWarning } from './strategy.ts';

/** Everything that a run stands on. */
export interface OverlayRunOptions {
  readonly context: OverlayContext;
  readonly tools: SandboxTools;
  readonly target: RunTarget;
  readonly layers: OverlayLayers;
  readonly shown: ShownLayers;
  readonly namespace: Namespace;
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
  #writer: ContentWriter | undefined;

  constructor(options: OverlayRunOptions) {
    this.#options = options;
    this.root = options.target.base;
    this.env = options.env;
    this.warnings = options.shown.warnings;
  }

  launch(env: Readonly<Record<string, string>>, program: string): Launch {
    const { tools, namespace, network, perProcess, groups } = this.#options;
    requireProgram(program, env['PATH'], (path) => namespace.hostPath(path));
    const { pid } = namespace;
    return composeLaunch({ tools, pid, network, perProcess, groups: groups.members, env });
  }

  cwd(workdir: TreePath): string {
    const root = this.#options.namespace.hostPath(this.root);
    if (workdir === ROOT) return root;
    const stats = lookAt(`${root}/${workdir}`);
    if (stats === undefined) throw new FileNotFoundError(`/${workdir}`);
    if (!stats.isDirectory()) {
      throw new FileSystemError('ENOTDIR', `ENOTDIR: not a directory, '/${workdir}'`, {
        path: `/${workdir}`,
        hint: 'Choose a directory of the workspace.',
      });
    }
    return `${root}/${workdir}`;
  }

  async capture(): Promise<Capture> {
    const { context, layers, namespace, groups, isBounded } = this.#options;
    // What is open stays mounted, for us alone, when the namespace is gone with all its processes.
    const merged = openLayer(namespace.hostPath(this.root));
    const staged = isBounded ? `${namespace.stagePath(STAGED_CHANGES)}/upper` : layers.upper;
    const upper = openLayer(staged);
    const writer = context.store.contentWriter();
    this.#writer = writer;
    try {
      await namespace.close();
      await groups.remove();
      const found = await this.#find(procPath(merged), procPath(upper), writer);
      return { warnings: found.warnings, settle: () => this.#settle(writer, found) };
    } catch (error) {
      writer.abandon();
      throw error;
    } finally {
      closeSync(merged);
      closeSync(upper);
    }
  }

  async #find(merged: string, upper: string, writer: ContentWriter): Promise<UpperChanges> {
    const { context, layers, target, shown, isBounded } = this.#options;
    const { tree } = target;
    const { ignored } = shown;
    const source = { ...context, tree, merged, upper, keptLayer: layers.kept, ignored };
    const found = await captureUpper(source, writer);
    if (isBounded) await rescue(found.kept, upper, layers);
    return found;
  }

  discard(): void {
    const { layers, namespace, target, shown } = this.#options;
    // Its control groups stay, empty, until the next run has used them.
    namespace.kill();
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
    if (fillsDisk(layers.upper)) {
      await layers.dropUpper();
      return;
    }
    try {
      layers.writeLeft({ tree: target.tree, note });
    } catch (error) {
      // There is not even room for the note.
      if (errorCode(error) !== 'ENOSPC') throw error;
    }
  }

  #settle(writer: ContentWriter, { changes, kept }: UpperChanges): ObjectId {
    const { context, layers, shown, target } = this.#options;
    const { checkout, ignored } = shown;
    writer.settle();
    layers.forgetLeft();
    const tree = treeAfterScan(context.trees, target.tree, changes);
    // Only what to make of the upper layer the next time: should the transaction fail, the layers
    // can still be brought from this tree to any other.
    const isSame = tree === target.tree && kept.length === 0;
    const captured = isSame ? undefined : { tree, kept };
    layers.write({ checkout: checkout.name, tree: target.tree, captured, ignored });
    return tree;
  }
}

function openLayer(address: string): number {
  try {
    return openSync(address, 'r');
  } catch (error) {
    throw diskError(error, address, 'open');
  }
}

/** Brings what is to be kept from memory to the upper layer on disk, where it will be looked for. */
async function rescue(
  kept: readonly KeptChange[],
  upper: string,
  layers: OverlayLayers,
): Promise<void> {
  using from = SafeDirectory.open(upper);
  using to = SafeDirectory.open(layers.upper);
  for (const { path, change } of kept) {
    if (change !== 'moved') continue;
    mkdirSync(dirname(join(layers.upper, path)), { recursive: true });
    await cloneIgnored({ from, to, path });
  }
}

function lookAt(address: string): Stats | undefined {
  try {
    return lstatSync(address, { throwIfNoEntry: false });
  } catch (error) {
    if (errorCode(error) === 'ENOTDIR') return undefined;
    throw error;
  }
}
