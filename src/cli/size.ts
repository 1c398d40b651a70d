/** Sizes in the words of people; programs get exact ones. */

const UNITS = ['B', 'KB', 'MB', 'GB', 'TB', 'PB'];

/** `1234567` as `1.2 MB`; a KB has 1,024 bytes, as in the configuration. */
export function humanSize(bytes: number): string {
  let unit = 0;
  let value = bytes;
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${value.toFixed(unit === 0 || value >= 9.95 ? 0 : 1)} ${UNITS[unit]}`;
}
