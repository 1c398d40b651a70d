/** Ignored content as a workspace sees it: the layer of what is its own, over the stock. */

import type { Stats } from 'node:fs';
import type { SafeDirectory } from '../../disk/safe-directory.ts';
import { joinPath, pathParts, ROOT, type TreePath } from '../../primitives/path.ts';
import { isWhiteout } from './whiteouts.ts';

/** What is visible at a path, and where. */
export interface FoundIgnored {
  readonly stats: Stats;
  /** The layers that show it, the uppermost first; one, unless it is a directory. */
  readonly layers: readonly SafeDirectory[];
}

/** Reads layers as the kernel lays them over each other; none of them has an opaque directory. */
export class IgnoredView {
  readonly #layers: readonly SafeDirectory[];

  /** @param layers - the uppermost first. */
  constructor(layers: readonly SafeDirectory[]) {
    this.#layers = layers;
  }

  /** What a command would see at a path, if it were for these layers alone. */
  find(path: TreePath): FoundIgnored | undefined {
    let found = this.#in(this.#layers, ROOT);
    let above = ROOT;
    for (const name of pathParts(path)) {
      above = joinPath(above, name);
      found = this.findIn(found, above);
    }
    return found;
  }

  /** The same where it is known what is above it. */
  findIn(directory: FoundIgnored | undefined, path: TreePath): FoundIgnored | undefined {
    return directory?.stats.isDirectory() === true ? this.#in(directory.layers, path) : undefined;
  }

  /** The names in a directory; undefined when there is none. */
  names(
    path: TreePath,
    found: FoundIgnored | undefined = this.find(path),
  ): Set<string> | undefined {
    if (found?.stats.isDirectory() !== true) return undefined;
    const names = new Set<string>();
    const hidden = new Set<string>();
    for (const layer of found.layers) {
      for (const entry of layer.entries(path)) {
        const { name } = entry;
        if (hidden.has(name) || names.has(name)) continue;
        if (entry.isCharacterDevice()) hidden.add(name);
        else names.add(name);
      }
    }
    return names;
  }

  #in(layers: readonly SafeDirectory[], path: TreePath): FoundIgnored | undefined {
    const merged: SafeDirectory[] = [];
    let top: Stats | undefined;
    for (const layer of layers) {
      const stats = layer.lstat(path);
      if (stats === undefined) continue;
      if (isWhiteout(stats)) break;
      if (!stats.isDirectory()) {
        if (top === undefined) return { stats, layers: [layer] };
        break;
      }
      top ??= stats;
      merged.push(layer);
    }
    return top === undefined ? undefined : { stats: top, layers: merged };
  }
}
