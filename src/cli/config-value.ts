/** How values of the configuration are shown: as they would be typed. */

/** A value as text; nothing for one that is not set. */
export function valueText(value: unknown): string {
  if (value === undefined) return '';
  return Array.isArray(value) ? value.join(',') : String(value);
}
