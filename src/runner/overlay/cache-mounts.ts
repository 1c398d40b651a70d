/** Shows the caches of package managers in a sandbox. */

import { lstatSync, realpathSync } from 'node:fs';
import { dirname, isAbsolute, normalize } from 'node:path';
import type { ResourceLimits, SandboxProfile } from '../isolation.ts';
import { bind, isBelow, isHidden, type MountLine } from '../sandbox/sandbox-mounts.ts';
import { CACHES } from '../sandbox/sandbox-namespace.ts';
import type { CacheDirectory } from '../strategy.ts';

/** Where caches are that a variable names: in a file system of the sandbox's own. */
const SHOWN = '/run/agentfs';

/** Those of a run: what a command writes there is not bounded, and other workspaces see it. */
export function cachesFor(
  profile: SandboxProfile,
  { diskBytes }: ResourceLimits,
  wanted: readonly CacheDirectory[] = [],
): readonly CacheDirectory[] {
  return profile === 'standard' && diskBytes === undefined ? wanted : [];
}

/** The variables that lead package managers to their caches. */
export function cacheVariables(directories: readonly CacheDirectory[]): Record<string, string> {
  return Object.fromEntries(
    directories.flatMap(({ path, variable }) =>
      variable === undefined ? [] : [[variable, `${SHOWN}/${path}`]],
    ),
  );
}

/**
 * The mounts of caches; comes after those of the home directory.
 *
 * @param home - where changes are the sandbox's own, so that a mount point can be made there.
 * @param base - over which nothing is mounted.
 */
export function cacheMounts(
  directories: readonly CacheDirectory[],
  home: string | undefined,
  base: string,
): MountLine[] {
  return directories.flatMap(({ path, variable, place }) => {
    const target = variable === undefined ? place : `${SHOWN}/${path}`;
    if (target === undefined || !canShowAt(target, home, base)) return [];
    return [bind(`${CACHES}/${path}`, target, ',nosuid,nodev,X-mount.mkdir')];
  });
}

/** Whether a mount there makes nothing on the host and covers nothing of the project. */
function canShowAt(target: string, home: string | undefined, base: string): boolean {
  if (!isAbsolute(target) || normalize(target) !== target) return false;
  if (isBelow(base, target) || isBelow(target, base)) return false;
  if (isHidden(target)) return true;
  const isOwn = home !== undefined && isBelow(target, home);
  const there = isOwn ? nearest(target) : target;
  return isPlainDirectory(there);
}

/** What there is of a path. */
function nearest(path: string): string {
  const isThere = lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  return isThere || path === '/' ? path : nearest(dirname(path));
}

function isPlainDirectory(path: string): boolean {
  const isThere = lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  return isThere && realpathSync(path) === path;
}
