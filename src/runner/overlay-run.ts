/** One run in an overlay: the namespace while the command runs, and afterwards its upper layer. */

import { closeSync, lstatSync, openSync, type Stats } from 'node:fs';
import { procPath } from '../disk/directory-handles.ts';
import { treeAfterScan } from '../disk/scanned-tree.ts';
import { errorCode, FileNotFoundError, FileSystemError } from '../primitives/errors.ts';
import type { ObjectId } from '../primitives/object-id.ts';
import { ROOT, type TreePath } from '../primitives/path.ts';
import type { ContentWriter } from '../store/content-writer.ts';
import type { ResourceLimits } from './isolation.ts';
import { captureUpper, type UpperChanges } from './overlay-capture.ts';
import type { OverlayLayers } from './overlay-layers.ts';
import type { OverlayContext, ShownLayers } from './overlay-show.ts';
import { composeLaunch } from './sandbox-launcher.ts';
import type { Namespace } from './sandbox-namespace.ts';
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
  readonly perProcess: ResourceLimits;
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

  launch(env: Readonly<Record<string, string>>): Launch {
    const { tools, namespace, network, perProcess } = this.#options;
    return composeLaunch({ tools, pid: namespace.pid, network, perProcess, env });
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
    const { context, target, layers, shown, namespace } = this.#options;
    // What is open stays mounted, for us alone, when the namespace is gone with all its processes.
    const merged = openSync(namespace.hostPath(this.root), 'r');
    const writer = context.store.contentWriter();
    this.#writer = writer;
    try {
      await namespace.close();
      const found = await captureUpper(
        {
          ...context,
          layers,
          tree: target.tree,
          merged: procPath(merged),
          ignored: shown.ignored,
        },
        writer,
      );
      return { warnings: found.warnings, settle: () => this.#settle(writer, found) };
    } catch (error) {
      writer.abandon();
      throw error;
    } finally {
      closeSync(merged);
    }
  }

  discard(): void {
    const { layers, namespace, target, shown } = this.#options;
    namespace.kill();
    this.#writer?.abandon();
    this.#writer = undefined;
    const { checkout, ignored } = shown;
    layers.write({ checkout: checkout.name, tree: target.tree, captured: undefined, ignored });
  }

  #settle(writer: ContentWriter, { changes, kept }: UpperChanges): ObjectId {
    const { context, layers, shown, target } = this.#options;
    const { checkout, ignored } = shown;
    writer.settle();
    const tree = treeAfterScan(context.trees, target.tree, changes);
    // Only what to make of the upper layer the next time: should the transaction fail, the layers
    // can still be brought from this tree to any other.
    const captured = { tree, kept };
    layers.write({ checkout: checkout.name, tree: target.tree, captured, ignored });
    return tree;
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
