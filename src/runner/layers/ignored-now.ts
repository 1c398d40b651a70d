/** What a workspace has of ignored content at the moment, between commands. */

import { readBuffer } from '../../disk/read-file.ts';
import type { SafeDirectory } from '../../disk/safe-directory.ts';
import { isWithin, pathParts, type TreePath } from '../../primitives/path.ts';
import { IgnoredView } from './ignored-view.ts';
import { KEPT, type OverlayLayers, UPPER } from './overlay-layers.ts';
import type { KeptChange } from './overlay-notes.ts';
import type { Stocks } from './stocks.ts';

/** Reads it. Closes what it has opened when it is disposed of. */
export class IgnoredNow {
  readonly #opened: SafeDirectory[] = [];
  readonly #view: IgnoredView;
  readonly #kept: SafeDirectory | undefined;
  readonly #upper: SafeDirectory | undefined;
  readonly #changes: readonly KeptChange[];

  /** @param stock - the name of the one that the workspace began with. */
  constructor(layers: OverlayLayers, stocks: Stocks, stock: string) {
    const state = layers.read();
    this.#kept = state?.ignored === undefined ? undefined : layers.place.at(KEPT).openIfThere();
    const below = [this.#kept, stocks.open(stock)].filter((layer) => layer !== undefined);
    // What the last command left is moved only when the next one comes.
    this.#changes = state?.captured?.ignored?.changes ?? [];
    this.#upper = this.#changes.length === 0 ? undefined : layers.place.at(UPPER).openIfThere();
    this.#view = new IgnoredView(below);
    this.#opened = [...below, ...(this.#upper === undefined ? [] : [this.#upper])];
  }

  /** The layers with what the workspace has changed, or made. */
  get changed(): readonly SafeDirectory[] {
    return [this.#kept, this.#upper].filter((layer) => layer !== undefined);
  }

  /** Whether the workspace has changed what is at or below a path, or taken it anew. */
  isChanged(path: TreePath): boolean {
    const isTouched = this.#changes.some((each) => isWithin(each.path, path));
    return isTouched || this.#changeAt(path) !== undefined || this.#kept?.find(path) !== undefined;
  }

  /** The names in a directory; undefined when there is none. */
  names(path: TreePath): Set<string> | undefined {
    const change = this.#changeAt(path);
    if (change !== undefined) return change.change === 'gone' ? undefined : this.#upperNames(path);
    const depth = pathParts(path).length;
    const below = this.#changes.filter((each) => isWithin(each.path, path));
    const names = this.#view.names(path) ?? (below.length === 0 ? undefined : new Set<string>());
    for (const each of below) {
      const parts = pathParts(each.path);
      const name = parts[depth] ?? '';
      if (each.change !== 'gone') names?.add(name);
      else if (parts.length === depth + 1) names?.delete(name);
    }
    return names;
  }

  /** The content of a file; undefined when there is none. */
  read(path: TreePath, maxBytes: number): Buffer | undefined {
    const change = this.#changeAt(path);
    if (change?.change === 'gone') return undefined;
    const layer = change === undefined ? this.#view.find(path)?.layers[0] : this.#upper;
    if (layer?.find(path)?.isFile() !== true) return undefined;
    return readBuffer({ path, open: () => layer.openRead(path) }, maxBytes);
  }

  [Symbol.dispose](): void {
    for (const each of this.#opened) each.close();
  }

  #changeAt(path: TreePath): KeptChange | undefined {
    return this.#changes.find((each) => each.change !== 'mode' && isWithin(path, each.path));
  }

  #upperNames(path: TreePath): Set<string> | undefined {
    const stats = this.#upper?.find(path);
    return stats?.isDirectory() === true ? new Set(this.#upper?.list(path)) : undefined;
  }
}
