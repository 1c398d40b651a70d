/** Calls a function for many files, a few at a time. */

import { wrongType } from '../../primitives/errors.ts';

/** How the call for one file ended. */
export type BatchResult<T> =
  | { readonly path: string; readonly status: 'fulfilled'; readonly value: T }
  | { readonly path: string; readonly status: 'rejected'; readonly reason: unknown };

/** Calls `process` for each file with at most `concurrency` calls under way. */
export async function processAll<T>(
  files: readonly string[],
  process: (path: string) => Promise<T> | T,
  concurrency: number,
): Promise<BatchResult<T>[]> {
  if (!Array.isArray(files)) throw wrongType('files', 'an array of paths', files);
  if (typeof process !== 'function') throw wrongType('process', 'a function', process);
  const paths: readonly string[] = files;
  const results: BatchResult<T>[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    for (let i = next++; i < paths.length; i = next++) {
      const path = paths[i] ?? '';
      results[i] = await outcomeOf(path, process);
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, paths.length) }, work));
  return results;
}

async function outcomeOf<T>(
  path: string,
  process: (path: string) => Promise<T> | T,
): Promise<BatchResult<T>> {
  try {
    return { path, status: 'fulfilled', value: await process(path) };
  } catch (reason) {
    return { path, status: 'rejected', reason };
  }
}
