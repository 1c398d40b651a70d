/**
 * Checkouts: whole trees as real, read-only directories, the lowest layers of all workspaces. Each
 * is filled once, then never written again, and serves every workspace whose tree is near it.
 */

import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { removePath } from '../disk/remove-tree.ts';
import { runInSlices } from '../disk/time-slices.ts';
import { errorCode, StorageError } from '../primitives/errors.ts';
import { type ObjectId, parseObjectId } from '../primitives/object-id.ts';
import { transientName } from '../primitives/transient-name.ts';
import type { Store } from '../store/store.ts';
import { diffTrees } from '../tree/diff-trees.ts';
import type { Trees } from '../tree/trees.ts';
import { takeFingerprint } from './checkout-fingerprint.ts';
import { countDifferences, writeTree } from './layer-files.ts';
import { removeAbandoned } from './transient.ts';

/** The directory of the checkouts, below the one where workspaces are kept. */
export const CHECKOUTS = 'checkouts';

const OWNER_ALL = 0o700;
const TREE = 'tree';
const MARKER = 'marker.json';
const PLAIN_SUFFIX = '-plain';

/** A checkout that can be mounted. */
export interface Checkout {
  /** The name of its directory. */
  readonly name: string;
  readonly tree: ObjectId;
}

/** What is written beside the tree once it is complete. */
export interface Marker {
  readonly fingerprint: string;
  readonly files: number;
  readonly bytes: number;
}

/** What checkouts are made from. */
export interface CheckoutContext {
  readonly store: Store;
  readonly trees: Trees;
  /** False takes the execute bits of files away. */
  readonly allowBinaries: boolean;
}

/** How a checkout is filled. */
export interface BuildOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called now and then with the number of files that are in place. */
  readonly onProgress?: ((files: number) => void) | undefined;
}

/** The checkouts in one directory. */
export class Checkouts {
  /** Absolute path. */
  readonly directory: string;
  readonly #context: CheckoutContext;
  /** Those that this process has looked at, with the inodes that they had. */
  readonly #verified = new Map<string, number>();

  /** @param workRoot - where workspaces are kept. */
  constructor(context: CheckoutContext, workRoot: string) {
    this.#context = context;
    this.directory = join(workRoot, CHECKOUTS);
  }

  /**
   * The checkout that differs least from a tree, in fewer than `limit` paths, and is whole.
   *
   * Each is compared with its fingerprint when this process first uses it; a damaged one is removed.
   */
  async nearest(
    tree: ObjectId,
    limit: number,
    signal?: AbortSignal,
  ): Promise<Checkout | undefined> {
    const candidates = this.#list()
      .map((checkout) => ({ checkout, distance: this.#distance(checkout.tree, tree, limit) }))
      .filter(({ distance }) => distance < limit)
      .sort((left, right) => left.distance - right.distance);
    for (const { checkout } of candidates) {
      if (await this.isWhole(checkout, signal)) return checkout;
    }
    return undefined;
  }

  /** The checkout with this name, or undefined when the name is not one of ours. */
  named(name: string): Checkout | undefined {
    const { allowBinaries } = this.#context;
    const id = allowBinaries ? name : name.slice(0, -PLAIN_SUFFIX.length);
    const tree = parseObjectId(id);
    return tree === undefined || this.#nameOf(tree) !== name ? undefined : { name, tree };
  }

  /** Absolute path of the tree itself. */
  pathOf({ name }: Checkout): string {
    return join(this.directory, name, TREE);
  }

  /** Whether a checkout is there and still what it was when it was filled; notes that it is used. */
  async isWhole(checkout: Checkout, signal?: AbortSignal): Promise<boolean> {
    const { name } = checkout;
    const path = this.pathOf(checkout);
    const inode = statSync(path, { throwIfNoEntry: false })?.ino;
    if (inode === undefined) return false;
    if (this.#verified.get(name) !== inode) {
      const found = await runInSlices(takeFingerprint(path), { signal });
      if (found.digest !== readMarker(this.directory, name)?.fingerprint) {
        await this.remove(name);
        return false;
      }
      this.#verified.set(name, inode);
    }
    const now = new Date();
    utimesSync(this.#markerPath(name), now, now);
    return true;
  }

  /**
   * Fills a new checkout, or takes the one that another process filled meanwhile.
   *
   * @throws {AgentFSError} ABORTED. {StorageError} STORE_FULL, OBJECT_MISSING, OBJECT_CORRUPT.
   */
  async build(tree: ObjectId, options: BuildOptions = {}): Promise<Checkout> {
    const checkout = { name: this.#nameOf(tree), tree };
    mkdirSync(this.directory, { recursive: true, mode: OWNER_ALL });
    await removeAbandoned(this.directory);
    if (await this.isWhole(checkout, options.signal)) return checkout;
    const building = join(this.directory, transientName());
    try {
      await this.#fill(building, tree, options);
      while (!this.#place(building, checkout.name)) {
        if (await this.isWhole(checkout, options.signal)) return checkout;
      }
    } finally {
      await removePath(building);
    }
    this.#verified.set(checkout.name, statSync(this.pathOf(checkout)).ino);
    return checkout;
  }

  /** Removes a checkout, complete or not. Nothing may be using it. */
  async remove(name: string): Promise<void> {
    this.#verified.delete(name);
    const doomed = join(this.directory, transientName());
    try {
      renameSync(join(this.directory, name), doomed);
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') throw error;
    }
    await removePath(doomed);
  }

  async #fill(building: string, id: ObjectId, { signal, onProgress }: BuildOptions): Promise<void> {
    const { store, trees, allowBinaries } = this.#context;
    const tree = join(building, TREE);
    let files = 0;
    mkdirSync(building, { mode: OWNER_ALL });
    mkdirSync(tree, { mode: OWNER_ALL });
    const steps = writeTree(trees, id, {
      root: tree,
      allowBinaries,
      read: (entry) => store.contents.pieces(entry),
      onFile: () => {
        files++;
      },
    });
    await runInSlices(steps, { signal, onSlice: () => onProgress?.(files) });
    onProgress?.(files);
    const { digest, ...counts } = await runInSlices(takeFingerprint(tree), { signal });
    const marker: Marker = { fingerprint: digest, ...counts };
    writeFileSync(join(building, MARKER), JSON.stringify(marker));
  }

  /** One rename makes it count, marker and all; false when another process was faster. */
  #place(building: string, name: string): boolean {
    try {
      renameSync(building, join(this.directory, name));
      return true;
    } catch (error) {
      const code = errorCode(error);
      if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error;
      return false;
    }
  }

  #list(): Checkout[] {
    let names: string[];
    try {
      names = readdirSync(this.directory);
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return [];
      throw error;
    }
    return names.map((name) => this.named(name)).filter((found) => found !== undefined);
  }

  /** Infinite for a checkout whose tree the store has forgotten. */
  #distance(from: ObjectId, to: ObjectId, limit: number): number {
    if (from === to) return 0;
    try {
      return countDifferences(diffTrees(this.#context.trees, from, to), limit);
    } catch (error) {
      if (error instanceof StorageError && error.code === 'OBJECT_MISSING') return Infinity;
      throw error;
    }
  }

  #markerPath(name: string): string {
    return join(this.directory, name, MARKER);
  }

  #nameOf(tree: ObjectId): string {
    return this.#context.allowBinaries ? tree : `${tree}${PLAIN_SUFFIX}`;
  }
}

/** What is known of a complete checkout, with the time of its last use; undefined for any other. */
export function readMarker(
  directory: string,
  name: string,
): (Marker & { readonly usedAt: number }) | undefined {
  const path = join(directory, name, MARKER);
  try {
    const marker = parseMarker(readFileSync(path, 'utf8'));
    return marker && { ...marker, usedAt: statSync(path).mtimeMs };
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}

/** A marker that was cut short or edited is as good as none. */
function parseMarker(text: string): Marker | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { fingerprint, files, bytes } = value as Partial<Record<keyof Marker, unknown>>;
  if (typeof fingerprint !== 'string' || typeof files !== 'number') return undefined;
  return typeof bytes === 'number' ? { fingerprint, files, bytes } : undefined;
}
