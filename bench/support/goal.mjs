/** Goals: what a row of the table is held against. */

/** A rate is at least so many a second. */
export function atLeast(figure, least, unit = '/s') {
  return { text: `>= ${least.toLocaleString('en')}${unit}`, isMet: figure.median >= least };
}

/** A time or size is at most so much. */
export function atMost(figure, most, unit = ' ms') {
  return { text: `<= ${most.toLocaleString('en')}${unit}`, isMet: figure.median <= most };
}

/** The ratio to the reference, where more is better, is at least so much. */
export function ratioAtLeast(ratio, least) {
  return { text: `>= ${least}x`, isMet: ratio >= least };
}

/** How many times as fast as a reference, both being times. */
export function speedUp(ours, reference) {
  return reference.median / ours.median;
}
