/** Words as a shell takes them. */

/** Each word in quotes, whatever is in it, with spaces between. */
export function quoteWords(words: readonly string[]): string {
  return words.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
}
