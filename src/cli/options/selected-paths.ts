/** Which paths a command is about, as library patterns. */

import type { Call } from '../call.ts';

/** The options `--include` and `--exclude`. */
export interface PathFlags {
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
}

/** What the library takes. */
interface Selection {
  readonly include: readonly string[] | undefined;
  readonly exclude: readonly string[] | undefined;
}

const WILDCARD = /[*?]/;

/**
 * The selection that options and paths after `--` make together.
 *
 * @throws {UsageError} for a path outside of the project.
 */
export async function selectionOf(
  call: Call,
  { include, exclude }: PathFlags,
  paths: readonly string[],
): Promise<Selection> {
  const wanted = [...(include ?? []), ...paths];
  return {
    include: wanted.length === 0 ? undefined : await patternsOf(call, wanted),
    exclude: exclude && (await patternsOf(call, exclude)),
  };
}

/** A path is one place, as for git; only what has a wildcard is a glob. */
async function patternsOf(call: Call, paths: readonly string[]): Promise<string[]> {
  const patterns: string[] = [];
  for (const path of paths) {
    if (WILDCARD.test(path) || path.trim() === '') {
      patterns.push(path);
      continue;
    }
    const [place = ''] = await call.projectPaths([path]);
    patterns.push(place === '.' || place === '/' ? '**' : `/${place.replace(/^\/+/, '')}`);
  }
  return patterns;
}
