/** What is not there, where a framework has a value for that instead of an error. */

import { FileNotFoundError, SystemCallError } from '../index.ts';

/** The result of `action`, or `value` when nothing is at its path. @throws what else it throws */
export async function absentAs<T, Absent>(
  value: Absent,
  action: () => Promise<T>,
): Promise<T | Absent> {
  try {
    return await action();
  } catch (error) {
    if (error instanceof FileNotFoundError) return value;
    if (error instanceof SystemCallError && error.code === 'ENOENT') return value;
    throw error;
  }
}
