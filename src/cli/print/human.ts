/** Sizes, times and counts in the words of people; programs get exact ones. */

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const AGES = [
  ['year', 365 * DAY_MS],
  ['month', 30 * DAY_MS],
  ['week', 7 * DAY_MS],
  ['day', DAY_MS],
  ['hour', HOUR_MS],
  ['minute', MINUTE_MS],
] as const;
const SIZES = ['B', 'KB', 'MB', 'GB', 'TB', 'PB'];

/** How long ago that was, in the largest unit that is full: `3 days ago`. */
export function humanAge(time: Date, now: number = Date.now()): string {
  const age = now - time.getTime();
  for (const [unit, length] of AGES) {
    const whole = Math.floor(age / length);
    if (whole >= 1) return `${count(whole, unit)} ago`;
  }
  return age < -MINUTE_MS ? humanTime(time) : 'just now';
}

/** The time on the clock of the reader, to the minute. */
export function humanTime(time: Date): string {
  const pad = (value: number): string => String(value).padStart(2, '0');
  const day = [time.getFullYear(), pad(time.getMonth() + 1), pad(time.getDate())].join('-');
  return `${day} ${pad(time.getHours())}:${pad(time.getMinutes())}`;
}

/** `1 file`, `3 files`. */
export function count(number: number, noun: string, plural = `${noun}s`): string {
  return `${number.toLocaleString('en')} ${number === 1 ? noun : plural}`;
}

/** `1234567` as `1.2 MB`; a KB has 1,024 bytes, as in the configuration. */
export function humanSize(bytes: number): string {
  let unit = 0;
  let value = bytes;
  while (value >= 1000 && unit < SIZES.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${value.toFixed(unit === 0 || value >= 9.95 ? 0 : 1)} ${SIZES[unit]}`;
}
