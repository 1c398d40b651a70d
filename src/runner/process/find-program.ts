/**
 * Looks for the program of a command that a shell will start, which would only print that it is
 * missing.
 */

import { accessSync, constants, type Stats, statSync } from 'node:fs';
import { programFailure } from './spawn.ts';

/** Where programs are looked for when there is no PATH, as the C library does. */
const DEFAULT_PATH = '/bin:/usr/bin';

/**
 * Makes sure that there is a program.
 *
 * @param program - a path, or a name that is looked up.
 * @param searchPath - the command's `PATH`.
 * @throws {AgentFSError} COMMAND_NOT_STARTED.
 */
export function requireProgram(program: string, searchPath: string | undefined): void {
  const places = placesOf(program, searchPath);
  const isSearchedHere = searchPath?.split(':').some((each) => !each.startsWith('/')) ?? false;
  const verdicts = new Set(places.map((path) => verdictOn(path)));
  if (verdicts.has('fine') || (isSearchedHere && !program.startsWith('/'))) return;
  throw programFailure(verdicts.has('EACCES') ? 'EACCES' : 'ENOENT', program);
}

/** Where the host has a program; undefined where it has none, or the path does not say. */
export function programOnHost(program: string, searchPath: string | undefined): string | undefined {
  if (program.includes('/') && !program.startsWith('/')) return undefined;
  return placesOf(program, searchPath).find((path) => verdictOn(path) === 'fine');
}

function placesOf(program: string, searchPath: string | undefined): string[] {
  if (program.startsWith('/')) return [program];
  return (searchPath ?? DEFAULT_PATH)
    .split(':')
    .filter((directory) => directory.startsWith('/'))
    .map((directory) => `${directory}/${program}`);
}

function verdictOn(address: string): 'fine' | 'ENOENT' | 'EACCES' {
  const stats = lookAt(address);
  if (stats === undefined) return 'ENOENT';
  if (stats.isDirectory()) return 'EACCES';
  try {
    accessSync(address, constants.X_OK);
    return 'fine';
  } catch {
    return 'EACCES';
  }
}

function lookAt(address: string): Stats | undefined {
  try {
    return statSync(address, { throwIfNoEntry: false });
  } catch {
    // Below a file, or shut off.
    return undefined;
  }
}
