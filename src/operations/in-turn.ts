/** Actions that read and then write: one after the other, so that none overwrites another's work. */

/** The end of the newest action by what it is about; none when nothing is under way. */
const newest = new Map<string, Promise<unknown>>();

/** Calls an action once the earlier ones about the same thing have ended, well or not. */
export async function inTurn<T>(about: string, action: () => Promise<T>): Promise<T> {
  const before = newest.get(about) ?? Promise.resolve();
  const own = before.then(action, action);
  newest.set(about, own);
  try {
    return await own;
  } finally {
    if (newest.get(about) === own) newest.delete(about);
  }
}
