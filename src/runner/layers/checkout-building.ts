/**
 * A checkout on its way: those who need it wait for it together, and what a process has written of
 * one is gone on with by the next. What is half written has a name of its own, and never counts.
 */

import { setTimeout as delay } from 'node:timers/promises';
import { readNote, writeNote } from '../../disk/note-file.ts';
import type { Place } from '../../disk/place.ts';
import type { SafeDirectory } from '../../disk/safe-directory.ts';
import { Pace, throwIfAborted } from '../../disk/time-slices.ts';
import { errorCode } from '../../primitives/errors.ts';
import { joinPath, ROOT, type TreePath } from '../../primitives/path.ts';
import { isAlive, ownBoot, type ProcessToken } from '../../primitives/process-token.ts';
import type { Signer } from '../../primitives/signer.ts';
import { ownerOf, transientName } from '../../primitives/transient-name.ts';
import type { AheadOptions } from '../strategy.ts';

const NOTE = 'building.json' as TreePath;
const LOOK_MS = 5;

/** What several callers of this process wait for. */
export class Building<T> {
  readonly pace: Pace;
  readonly #stop = new AbortController();
  readonly #listeners = new Set<(files: number) => void>();
  readonly #done: Promise<T>;
  #waiting = 0;

  /** @param build - what does it, until the signal fires. */
  constructor(isIdle: boolean, build: (building: Building<T>, signal: AbortSignal) => Promise<T>) {
    this.pace = new Pace(isIdle);
    this.#done = build(this, this.#stop.signal);
    // Each of those who wait has its own.
    this.#done.catch(() => undefined);
  }

  /** Waits for it. It is stopped when all who wait have been. */
  async join({ signal, onProgress, isIdle = false }: AheadOptions): Promise<T> {
    if (!isIdle) this.pace.hurry();
    if (onProgress !== undefined) this.#listeners.add(onProgress);
    this.#waiting++;
    let leave: () => void = () => undefined;
    const left = new Promise<never>((_, reject) => {
      leave = () => {
        if (--this.#waiting === 0) return this.#stop.abort(signal?.reason);
        try {
          throwIfAborted(signal);
        } catch (error) {
          reject(error);
        }
      };
    });
    signal?.addEventListener('abort', leave, { once: true });
    try {
      return await Promise.race([this.#done, left]);
    } finally {
      signal?.removeEventListener('abort', leave);
      if (onProgress !== undefined) this.#listeners.delete(onProgress);
    }
  }

  /** Tells those who wait how far it has come. */
  tell(files: number): void {
    for (const listener of this.#listeners) listener(files);
  }
}

/** Notes whose work is in a transient directory, so that others can go on with it. */
export function noteBuilding(
  all: SafeDirectory,
  place: string,
  { checkout, givesWay, signer }: { checkout: string; givesWay: boolean; signer: Signer },
): void {
  const text = JSON.stringify({ checkout, givesWay, boot: ownBoot() });
  const signature = signer.sign(subjectOf(place), text);
  writeNote(all, notePath(place), JSON.stringify({ text, signature }));
}

/** Whether a transient directory has such a note, whoever wrote it. */
export function isBegun(place: Place): boolean {
  return place.at(NOTE).exists;
}

/** Takes the note away: what is there is complete. */
export function forgetBuilding(all: SafeDirectory, place: string): void {
  all.unlink(notePath(place));
}

/**
 * Takes over what a process that is gone has written of a checkout since the machine was started, or
 * one that gives way, which is ended.
 *
 * @returns the new name of its directory; undefined when there is none.
 */
export async function takeOver(
  all: SafeDirectory,
  checkout: string,
  signer: Signer,
): Promise<string | undefined> {
  for (const place of all.list(ROOT)) {
    const owner = ownerOf(place);
    if (owner === undefined || owner.pid === process.pid) continue;
    const note = readBuilding(all, place, signer);
    if (note?.checkout !== checkout || note.boot !== ownBoot() || note.boot === '') continue;
    if (!(await isOver(owner, note.givesWay))) continue;
    const own = transientName();
    try {
      all.rename(place as TreePath, own as TreePath);
      return own;
    } catch (error) {
      // It was finished, or somebody else was faster.
      if (errorCode(error) !== 'ENOENT') throw error;
    }
  }
  return undefined;
}

/** Whether a process writes no more; one that gives way is made to. */
async function isOver(owner: ProcessToken, givesWay: boolean): Promise<boolean> {
  if (isAlive(owner) === 'alive' && givesWay) process.kill(owner.pid, 'SIGKILL');
  while (givesWay && isAlive(owner) === 'alive') await delay(LOOK_MS);
  return isAlive(owner) === 'dead';
}

interface BuildingNote {
  readonly checkout: unknown;
  readonly givesWay: boolean;
  readonly boot: unknown;
}

/** A note that was cut short, or written by someone else, does not count. */
function readBuilding(all: SafeDirectory, place: string, signer: Signer): BuildingNote | undefined {
  try {
    const { text, signature } = JSON.parse(readNote(all, notePath(place)) ?? '');
    if (typeof text !== 'string' || !signer.isOwn(subjectOf(place), text, signature)) {
      return undefined;
    }
    const { checkout, givesWay, boot } = JSON.parse(text);
    return { checkout, givesWay: givesWay === true, boot };
  } catch {
    return undefined;
  }
}

function notePath(place: string): TreePath {
  return joinPath(place as TreePath, NOTE);
}

function subjectOf(place: string): string {
  return `building ${place}`;
}
