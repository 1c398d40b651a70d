/**
 * Removes checkouts that have not been used for long, and the oldest when all together are too large.
 * Safe while others run commands: a checkout is set aside first, and put back if a workspace that
 * someone works in turns out to stand on it.
 */

import type { Place } from '../../disk/place.ts';
import type { SafeDirectory } from '../../disk/safe-directory.ts';
import { errorCode } from '../../primitives/errors.ts';
import { ROOT, type TreePath } from '../../primitives/path.ts';
import type { Signer } from '../../primitives/signer.ts';
import { transientName } from '../../primitives/transient-name.ts';
import { CHECKOUTS, readMarker } from './checkouts.ts';
import { OverlayLayers } from './overlay-layers.ts';

/** Bytes that the checkouts of a store keep on disk between runs, all together. */
export const MAX_CHECKOUT_BYTES: number = 4 * 1024 * 1024 * 1024;

/** How long an unused checkout is kept, in milliseconds. */
export const MAX_CHECKOUT_AGE_MS: number = 30 * 24 * 60 * 60 * 1000;

/** What to prune. */
export interface PruneOptions {
  /** Where checkouts are kept. */
  readonly work: Place;
  /** Where the layers of workspaces are kept. */
  readonly layers: Place;
  readonly signer: Signer;
  /** Bytes that all checkouts may take up together. */
  readonly maxBytes: number;
  /** Checkouts that were not used for longer go, in milliseconds. */
  readonly maxAgeMs: number;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Whether the run lease of the workspace with this uuid is held. */
  isRunning(uuid: string): boolean;
  readonly dryRun?: boolean | undefined;
}

/** What was removed, or would be. */
export interface PrunedCheckouts {
  readonly checkouts: number;
  /** Bytes of their files. */
  readonly bytes: number;
}

interface Candidate {
  readonly name: string;
  readonly bytes: number;
  readonly usedAt: number;
}

const OVERLAY_SUFFIX = '.overlay';

/** Prunes the checkouts of a store; a workspace whose checkout is gone takes another one. */
export async function pruneCheckouts(options: PruneOptions): Promise<PrunedCheckouts> {
  const place = options.work.at(CHECKOUTS);
  using all = place.openIfThere();
  if (all === undefined) return { checkouts: 0, bytes: 0 };
  let checkouts = 0;
  let bytes = 0;
  for (const candidate of doomed(listCandidates(all, options.signer), options)) {
    if (usedNow(options).has(candidate.name)) continue;
    if (options.dryRun !== true && !(await remove(all, candidate.name, options))) continue;
    checkouts++;
    bytes += candidate.bytes;
  }
  return { checkouts, bytes };
}

/** The oldest first: those beyond their age, and as many more as the size asks for. */
function doomed(candidates: readonly Candidate[], options: PruneOptions): Candidate[] {
  const oldestFirst = [...candidates].sort((left, right) => left.usedAt - right.usedAt);
  let total = candidates.reduce((sum, { bytes }) => sum + bytes, 0);
  return oldestFirst.filter(({ bytes, usedAt }) => {
    const isDoomed = total > options.maxBytes || usedAt < options.now - options.maxAgeMs;
    if (isDoomed) total -= bytes;
    return isDoomed;
  });
}

function listCandidates(all: SafeDirectory, signer: Signer): Candidate[] {
  return all.list(ROOT).flatMap((name) => {
    const marker = readMarker(all, name, signer);
    if (marker === undefined) return [];
    return [{ name, bytes: marker.bytes, usedAt: marker.usedAt }];
  });
}

/** @returns whether it is gone. */
async function remove(all: SafeDirectory, name: string, options: PruneOptions): Promise<boolean> {
  const aside = transientName();
  try {
    all.rename(name as TreePath, aside as TreePath);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false;
    throw error;
  }
  // A run names its checkout first and looks for it afterwards: one of the two sees the other.
  if (usedNow(options).has(name) && all.lstat(name as TreePath) === undefined) {
    all.rename(aside as TreePath, name as TreePath);
    return false;
  }
  await options.work.at(CHECKOUTS).at(aside).remove();
  return true;
}

/** The checkouts that workspaces stand on in which a command runs, or is about to. */
function usedNow({ layers, signer, isRunning }: PruneOptions): ReadonlySet<string> {
  using all = layers.openIfThere();
  const running = (all?.list(ROOT) ?? [])
    .filter((name) => name.endsWith(OVERLAY_SUFFIX))
    .filter((name) => isRunning(name.slice(0, -OVERLAY_SUFFIX.length)));
  const states = running.map((name) => new OverlayLayers(layers.at(name), signer).read());
  return new Set(states.flatMap((state) => (state === undefined ? [] : [state.checkout])));
}
