/**
 * Starts programs: the only file that does. A program gets the descriptors that it is given, and in
 * place of all others that would reach it something that is nothing.
 */

import {
  type ChildProcess,
  type SpawnOptions,
  type SpawnSyncOptions,
  type SpawnSyncReturns,
  spawn,
  spawnSync,
} from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { AgentFSError } from './errors.ts';
import { descriptorLimit, inheritedDescriptors } from './open-descriptors.ts';

/** What a program gets at one number: a pipe, nothing, ours of that number, or this descriptor. */
export type Descriptor = 'pipe' | 'ignore' | 'inherit' | number;

/** The descriptors of a program by number: input, output, errors, and further ones. */
export type Descriptors = readonly [Descriptor, Descriptor, Descriptor, ...Descriptor[]];

/** A child process that exists. */
export type StartedChild = ChildProcess & { readonly pid: number };

/** How a program is started; as Node has it, but for its descriptors, which have to be told. */
export type StartOptions = Omit<SpawnOptions, 'stdio'> & { readonly stdio: Descriptors };

/** The same for a program that is waited for; its output is text. */
export type RunOptions = Omit<SpawnSyncOptions, 'stdio' | 'encoding'> & {
  readonly stdio: Descriptors;
};

/** To go through more numbers than that takes longer, 20 ms, than most programs do. */
const HIGHEST = 65_535;

/**
 * Starts a program.
 *
 * @throws {AgentFSError} COMMAND_NOT_STARTED when a descriptor of this process has so high a number
 *   that it cannot be kept from the program. What else the system refuses is thrown or emitted as
 *   `spawn` of Node does.
 */
export function startProgram(
  file: string,
  args: readonly string[],
  options: StartOptions,
): ChildProcess {
  return withCover(options.stdio, (stdio) => spawn(file, [...args], { ...options, stdio }));
}

/**
 * Runs a program to its end, which blocks this process.
 *
 * @throws {AgentFSError} COMMAND_NOT_STARTED as {@link startProgram}.
 */
export function runProgram(
  file: string,
  args: readonly string[],
  options: RunOptions,
): SpawnSyncReturns<string> {
  return withCover(options.stdio, (stdio) =>
    spawnSync(file, [...args], { ...options, stdio, encoding: 'utf8' }),
  );
}

/** Calls `start` with something that is nothing over all descriptors that would go through. */
function withCover<Started>(given: Descriptors, start: (stdio: Descriptor[]) => Started): Started {
  const through = inheritedDescriptors(given.length);
  const highest = through.at(-1);
  if (highest === undefined) return start([...given]);
  // libuv puts as many copies by, at numbers above the highest, before it gives them out.
  if (highest + through.length >= Math.min(HIGHEST, descriptorLimit())) throw tooHigh(highest);
  const nothing = openSync('/dev/null', 'r+');
  try {
    const numbers = new Set(through);
    const cover = Array.from({ length: highest + 1 - given.length }, (_, index) =>
      numbers.has(given.length + index) ? nothing : 'ignore',
    );
    return start([...given, ...cover]);
  } finally {
    // The program has its own by now.
    closeSync(nothing);
  }
}

function tooHigh(number: number): AgentFSError {
  return new AgentFSError(
    'COMMAND_NOT_STARTED',
    `No program is started while descriptor ${number} is open for all of them: its number is too high to shut it.`,
    {
      hint: `Close it where agentfs is started, as a shell does with ${number}>&-, or open it close-on-exec.`,
      details: { descriptor: number },
    },
  );
}
