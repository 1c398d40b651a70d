/** Times of files as Node's functions take them. */

/** More than what a double loses of a time in seconds, and less than the kernel is told of. */
const HALF_MICROSECOND = 5e-7;

/** A time in ms since 1970, such that a stat gives the same millisecond back. */
export function utimeOf(ms: number): number | Date {
  // Node takes a negative number for now.
  return ms < 0 ? new Date(ms) : ms / 1000 + HALF_MICROSECOND;
}
