/**
 * Checkouts: whole trees as real, read-only directories, the lowest layers of all workspaces. Each
 * is filled once, then never written again, and serves every workspace whose tree is near it.
 */

import { readNote, writeNote } from '../../disk/note-file.ts';
import type { Place } from '../../disk/place.ts';
import type { SafeDirectory } from '../../disk/safe-directory.ts';
import { runInSlices, throwIfAborted } from '../../disk/time-slices.ts';
import { OWNER_ALL } from '../../primitives/entry.ts';
import { errorCode, StorageError } from '../../primitives/errors.ts';
import { type ObjectId, parseObjectId } from '../../primitives/object-id.ts';
import { joinPath, ROOT, type TreePath } from '../../primitives/path.ts';
import type { Signer } from '../../primitives/signer.ts';
import { transientName } from '../../primitives/transient-name.ts';
import type { Store } from '../../store/store.ts';
import { diffShown } from '../../tree/diff-trees.ts';
import type { Trees } from '../../tree/trees.ts';
import type { AheadOptions } from '../strategy.ts';
import { Building, forgetBuilding, noteBuilding, takeOver } from './checkout-building.ts';
import { takeFingerprint } from './checkout-fingerprint.ts';
import { countDifferences, writeTree } from './layer-files.ts';
import { removeAbandoned } from './transient.ts';

/** The directory of the checkouts, below the one where workspaces are kept. */
export const CHECKOUTS = 'checkouts';

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
  /** Signs the markers: a checkout that came with a project is not ours. */
  readonly signer: Signer;
}

/** What fills a checkout. */
interface Work {
  readonly own: Building<Checkout>;
  readonly givesWay: boolean;
  readonly signal: AbortSignal;
}

/** The checkouts in one directory. */
export class Checkouts {
  readonly place: Place;
  readonly #context: CheckoutContext;
  /** Those that this process has looked at, with the inodes that they had. */
  readonly #verified = new Map<string, number>();
  /** Those that this process is filling. */
  readonly #building = new Map<string, Building<Checkout>>();

  /** @param work - where workspaces are kept. */
  constructor(context: CheckoutContext, work: Place) {
    this.#context = context;
    this.place = work.at(CHECKOUTS);
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

  /** Opens the tree itself; the caller closes it. */
  open({ name }: Checkout): SafeDirectory {
    return this.place.at(name).at(TREE).open();
  }

  /** Whether a checkout is there and still what it was when it was filled; notes that it is used. */
  async isWhole(checkout: Checkout, signal?: AbortSignal): Promise<boolean> {
    const { name } = checkout;
    using tree = this.place.at(name).at(TREE).openIfThere();
    const inode = tree?.lstat(ROOT)?.ino;
    if (tree === undefined || inode === undefined) return false;
    using all = this.place.open();
    if (this.#verified.get(name) !== inode) {
      const found = await runInSlices(takeFingerprint(tree.location), { signal });
      if (found.digest !== readMarker(all, name, this.#context.signer)?.fingerprint) {
        await this.remove(name);
        return false;
      }
      this.#verified.set(name, inode);
    }
    all.utimes(markerPath(name), Date.now());
    return true;
  }

  /**
   * Fills a new checkout, or takes the one that others are filling, or have filled meanwhile.
   *
   * @throws {AgentFSError} ABORTED. {StorageError} STORE_FULL, OBJECT_MISSING, OBJECT_CORRUPT.
   */
  async build(tree: ObjectId, options: AheadOptions = {}): Promise<Checkout> {
    throwIfAborted(options.signal);
    const checkout = { name: this.#nameOf(tree), tree };
    const { name } = checkout;
    let building = this.#building.get(name);
    if (building === undefined) {
      const { isIdle = false, givesWay = false } = options;
      building = new Building(isIdle, async (own, signal) => {
        try {
          return await this.#build(checkout, { own, givesWay, signal });
        } finally {
          this.#building.delete(name);
        }
      });
      this.#building.set(name, building);
    }
    return building.join(options);
  }

  /** Removes a checkout, complete or not. Nothing may be using it. */
  async remove(name: string): Promise<void> {
    this.#verified.delete(name);
    const doomed = transientName();
    using all = this.place.openIfThere();
    if (all !== undefined) place(all, name, doomed);
    await this.place.at(doomed).remove();
  }

  async #build(checkout: Checkout, work: Work): Promise<Checkout> {
    using all = this.place.make();
    const { signer } = this.#context;
    if (await this.isWhole(checkout, work.signal)) return checkout;
    const taken = await takeOver(all, checkout.name, signer);
    const building = taken ?? transientName();
    try {
      await removeAbandoned(this.place);
      // Finished by who was to give way.
      if (await this.isWhole(checkout, work.signal)) return checkout;
      await this.#fill(all, building, checkout, { ...work, isBegun: taken !== undefined });
      while (!place(all, building, checkout.name)) {
        if (await this.isWhole(checkout, work.signal)) return checkout;
      }
    } finally {
      await this.place.at(building).remove();
    }
    using filled = this.open(checkout);
    const inode = filled.lstat(ROOT)?.ino;
    if (inode !== undefined) this.#verified.set(checkout.name, inode);
    return checkout;
  }

  async #fill(
    all: SafeDirectory,
    building: string,
    { name, tree: id }: Checkout,
    { own, givesWay, signal, isBegun }: Work & { readonly isBegun: boolean },
  ): Promise<void> {
    const { store, trees, allowBinaries, signer } = this.#context;
    let files = 0;
    const path = joinPath(building as TreePath, TREE);
    all.makePath(path, OWNER_ALL);
    noteBuilding(all, building, { checkout: name, givesWay, signer });
    using tree = all.enter(path);
    const steps = writeTree(trees, id, {
      root: tree.location,
      allowBinaries,
      isBegun,
      read: (entry) => store.contents.pieces(entry),
      onFile: () => {
        files++;
      },
    });
    const { pace } = own;
    await runInSlices(steps, { signal, pace, onSlice: () => own.tell(files) });
    own.tell(files);
    const taken = takeFingerprint(tree.location);
    const { digest, ...counts } = await runInSlices(taken, { signal, pace });
    const text = JSON.stringify({ fingerprint: digest, ...counts } satisfies Marker);
    const signature = signer.sign(subjectOf(name), text);
    writeNote(all, markerPath(building), JSON.stringify({ text, signature }));
    forgetBuilding(all, building);
  }

  #list(): Checkout[] {
    using all = this.place.openIfThere();
    const names = all?.list(ROOT) ?? [];
    return names.map((name) => this.named(name)).filter((found) => found !== undefined);
  }

  /** Infinite for a checkout whose tree the store has forgotten. */
  #distance(from: ObjectId, to: ObjectId, limit: number): number {
    if (from === to) return 0;
    try {
      return countDifferences(diffShown(this.#context.trees, from, to), limit);
    } catch (error) {
      if (error instanceof StorageError && error.code === 'OBJECT_MISSING') return Infinity;
      throw error;
    }
  }

  #nameOf(tree: ObjectId): string {
    return this.#context.allowBinaries ? tree : `${tree}${PLAIN_SUFFIX}`;
  }
}

/** What is known of a complete checkout, with the time of its last use; undefined for any other. */
export function readMarker(
  all: SafeDirectory,
  name: string,
  signer: Signer,
): (Marker & { readonly usedAt: number }) | undefined {
  const path = markerPath(name);
  const marker = parseMarker(readNote(all, path), name, signer);
  return marker && { ...marker, usedAt: all.find(path)?.mtimeMs ?? 0 };
}

function markerPath(name: string): TreePath {
  return joinPath(name as TreePath, MARKER);
}

function subjectOf(name: string): string {
  return `checkout ${name}`;
}

/** Gives a checkout its name, or takes it away: one rename makes it count, marker and all. */
function place(all: SafeDirectory, from: string, to: string): boolean {
  try {
    all.rename(from as TreePath, to as TreePath);
    return true;
  } catch (error) {
    // Another process was faster.
    if (!['ENOTEMPTY', 'EEXIST', 'ENOENT'].includes(errorCode(error) ?? '')) throw error;
    return false;
  }
}

/** A marker that was cut short, edited or written by someone else does not count. */
function parseMarker(note: string | undefined, name: string, signer: Signer): Marker | undefined {
  try {
    const { text, signature } = JSON.parse(note ?? '');
    if (typeof text !== 'string' || !signer.isOwn(subjectOf(name), text, signature))
      return undefined;
    const { fingerprint, files, bytes } = JSON.parse(text);
    if (typeof fingerprint !== 'string' || typeof files !== 'number') return undefined;
    return typeof bytes === 'number' ? { fingerprint, files, bytes } : undefined;
  } catch {
    return undefined;
  }
}
