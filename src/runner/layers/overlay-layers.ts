/**
 * The layers of one workspace on disk. They lie beside the workspace's materialised directory, which
 * a user may have open, and none of them is ever shown by itself. What is in them was made by
 * commands: nothing here, or in its users, reaches it through a link.
 */

import { randomUUID } from 'node:crypto';
import type { Place } from '../../disk/place.ts';
import { removeTree } from '../../disk/remove-tree.ts';
import type { SafeDirectory } from '../../disk/safe-directory.ts';
import { runInSlices } from '../../disk/time-slices.ts';
import { OWNER_ALL } from '../../primitives/entry.ts';
import { errorCode } from '../../primitives/errors.ts';
import { joinPath, ROOT, type TreePath } from '../../primitives/path.ts';
import type { Signer } from '../../primitives/signer.ts';
import { isNearlyFull } from './disk-room.ts';
import { LayerNotes, type LayerState, type LeftLayer } from './overlay-notes.ts';

const OLD = 'old-';

/** Over the checkout: shows the tree of the workspace. */
export const DIFFERENCE = 'difference' as TreePath;
/** Below the checkout, over the stock: ignored content that is the workspace's own. */
export const KEPT = 'kept' as TreePath;
/** What a command changes. */
export const UPPER = 'upper' as TreePath;
/** The kernel's own. */
export const WORK = 'work' as TreePath;
/** Covered by a file system in memory while a command runs. */
const STAGE = 'stage' as TreePath;

/** What the kernel makes in a working directory, and shuts. */
const KERNEL_DIRECTORIES = ['work', 'work/incompat', 'work/incompat/volatile'];

/** The layers of one workspace. Call only while holding the workspace's run lease. */
export class OverlayLayers {
  readonly place: Place;
  readonly #notes: LayerNotes;

  constructor(place: Place, signer: Signer) {
    this.place = place;
    this.#notes = new LayerNotes(signer, place.name);
  }

  /** Opens the directory with all layers; the caller closes it. */
  open(): SafeDirectory {
    return this.place.open();
  }

  /** Opens one of them. */
  enter(layer: TreePath): SafeDirectory {
    using layers = this.place.open();
    return layers.enter(layer);
  }

  /** Makes the directories that are missing, for their owner alone. */
  create(): void {
    using layers = this.place.make();
    for (const layer of [DIFFERENCE, KEPT, STAGE]) layers.makePath(layer, OWNER_ALL);
  }

  /**
   * Makes upper and working directories for another command. What the last one has left is set
   * aside until {@link removeOld}, which a disk that is nearly full does not wait for.
   */
  async renew(mode: number): Promise<void> {
    using layers = this.place.open();
    this.#notes.forgetLeft(layers);
    setAside(layers, UPPER);
    if (isNearlyFull(layers)) await removeOldIn(layers);
    layers.mkdir(UPPER, OWNER_ALL | mode);
    // Exactly, whatever the umask took away.
    layers.chmod(UPPER, OWNER_ALL | mode);
    renewWorkIn(layers);
  }

  /** Makes working directories: none can be used that holds what an earlier mount put there. */
  renewWork(): void {
    using layers = this.place.open();
    renewWorkIn(layers);
  }

  /** Opens up what the kernel has shut in the working directories, so that their owner can remove them. */
  openWork(): void {
    using layers = this.place.open();
    for (const below of KERNEL_DIRECTORIES) {
      const path = joinPath(WORK, below);
      if (layers.lstat(path)?.isDirectory() === true) layers.chmod(path, OWNER_ALL);
    }
  }

  /** Removes what was set aside, without keeping the event loop from others. */
  async removeOld(): Promise<void> {
    using layers = this.place.open();
    await removeOldIn(layers);
  }

  /** Empties a layer. */
  async clear(layer: TreePath): Promise<void> {
    using layers = this.place.open();
    await runInSlices(removeTree(layers, layer));
    layers.mkdir(layer, OWNER_ALL);
  }

  /** Removes what a command has changed, to make room. */
  async dropUpper(): Promise<void> {
    using layers = this.place.open();
    setAside(layers, UPPER);
    await removeOldIn(layers);
  }

  /** What is known, or undefined when nothing is. */
  read(): LayerState | undefined {
    using layers = this.place.openIfThere();
    return layers && this.#notes.read(layers);
  }

  /** The same without the tree after a restart of the machine: a power cut may have cut the layer. */
  readTrusted(): LayerState | undefined {
    using layers = this.place.openIfThere();
    return layers && this.#notes.readTrusted(layers);
  }

  /** Replaces what is known. */
  write(state: LayerState): void {
    using layers = this.place.open();
    this.#notes.write(layers, state);
  }

  /** Whether the upper layer holds what could not be stored. */
  get isLeft(): boolean {
    using layers = this.place.openIfThere();
    return layers !== undefined && this.#notes.isLeft(layers);
  }

  /** What is to be known of that. */
  readLeft(): LeftLayer | undefined {
    using layers = this.place.open();
    return this.#notes.readLeft(layers);
  }

  /** Notes that the upper layer must stay. */
  writeLeft(left: LeftLayer): void {
    using layers = this.place.open();
    this.#notes.writeLeft(layers, left);
  }

  /** The upper layer need not stay. */
  forgetLeft(): void {
    using layers = this.place.open();
    this.#notes.forgetLeft(layers);
  }
}

function renewWorkIn(layers: SafeDirectory): void {
  setAside(layers, WORK);
  layers.mkdir(WORK, OWNER_ALL);
}

/** In the top directory, as a directory that was shut can be renamed but not moved elsewhere. */
function setAside(layers: SafeDirectory, path: TreePath): void {
  try {
    layers.rename(path, `${OLD}${randomUUID()}` as TreePath);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
  }
}

async function removeOldIn(layers: SafeDirectory): Promise<void> {
  for (const name of layers.list(ROOT).filter((each) => each.startsWith(OLD))) {
    await runInSlices(removeTree(layers, name as TreePath));
  }
}
