/**
 * Stamps of changes: a hybrid logical clock in one integer, milliseconds since 1970 times 256 plus a
 * counter. It follows the wall clock, but what comes after something that was seen always has the
 * greater stamp, however wrong the clocks of the replicas are.
 */

const STEPS_PER_MS = 256;

/** Greatest stamp that is believed: the year 3084. Beyond it there would be no room for later ones. */
export const MAX_STAMP: number = Number.MAX_SAFE_INTEGER - 2 ** 40;

/**
 * The stamp of a change.
 *
 * @param time - when it was made by the wall clock, in ms since 1970.
 * @param seen - the greatest stamp that was known before it.
 */
export function stampOf(time: number, seen: number): number {
  return Math.min(Math.max(Math.trunc(time) * STEPS_PER_MS, seen + 1), MAX_STAMP);
}

/** Who made a change, and when. */
export interface Stamped {
  readonly clock: number;
  /** Uuid of the replica. */
  readonly replica: string;
}

/** Whether the left change is the later one; the greater uuid decides between equal stamps. */
export function isLater(left: Stamped, right: Stamped): boolean {
  if (left.clock !== right.clock) return left.clock > right.clock;
  return left.replica > right.replica;
}
