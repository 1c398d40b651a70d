/** Finds the word that somebody means who has misspelt it. */

/** The candidate closest to `word`, when one is close enough to be meant. */
export function closestOf(word: string, candidates: Iterable<string>): string | undefined {
  const wanted = word.slice(0, 100);
  let closest: string | undefined;
  let least = Math.max(2, Math.floor(wanted.length / 4)) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(wanted, candidate);
    if (distance >= least) continue;
    least = distance;
    closest = candidate;
  }
  return closest;
}

/** A hint that names what was meant, if anything, and else says something else. */
export function didYouMean(closest: string | undefined, otherwise: string): string {
  return closest === undefined ? otherwise : `Did you mean ${closest}?`;
}

/** Levenshtein's distance: how many characters to insert, remove or replace. */
function editDistance(left: string, right: string): number {
  let previous = Array.from({ length: right.length + 1 }, (_, i) => i);
  for (let i = 0; i < left.length; i++) {
    const current = [i + 1];
    for (let j = 0; j < right.length; j++) {
      const replaced = (previous[j] ?? 0) + (left[i] === right[j] ? 0 : 1);
      current.push(Math.min(replaced, (previous[j + 1] ?? 0) + 1, (current[j] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[right.length] ?? 0;
}
