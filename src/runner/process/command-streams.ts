/**
 * Which descriptors a command starts with, and what the host has to do for them: feed a pipe from a
 * file, or copy one to a file.
 */

import type { Descriptor, Descriptors } from '../../primitives/start-program.ts';
import {
  type HostStream,
  hostInput,
  isOneFile,
  lookAtStream,
  type StreamNumber,
} from './host-streams.ts';
import type { CommandInput } from './input.ts';
import type { ProcessSpec } from './process-spec.ts';

/** A pipe of the command, by its number, and the stream of this process that it is copied to. */
export interface CopiedPipe {
  readonly pipe: number;
  readonly to: StreamNumber;
}

/** The streams of a command that is about to start. */
export interface CommandStreams {
  readonly stdio: Descriptors;
  /** What to feed the command. */
  readonly input: CommandInput | undefined;
  readonly copied: readonly CopiedPipe[];
  /** What a shell in front of the command has to redirect; empty for nothing. */
  readonly redirections: string;
}

/** Where a shell in front of the command has put by what was its output and errors. */
export interface PutBy {
  readonly output: number;
  readonly errors: number;
}

/** Both outputs as pipes, and the input that is given, or none. */
export function pipedStreams({
  input,
  launcher,
}: Pick<ProcessSpec, 'input' | 'launcher'>): CommandStreams {
  const stdio: Descriptors = [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'];
  return { stdio: [...stdio, ...reportPipe(launcher)], input, copied: [], redirections: '' };
}

/** The streams of this process, as far as they can be lent. */
export function inheritedStreams(spec: ProcessSpec): CommandStreams {
  const stream = lookAtStream(0);
  const input = spec.input ?? (stream === 'file' ? hostInput() : undefined);
  // What is to be noticed has to come by here.
  const seen = (found: HostStream): HostStream =>
    spec.idleMs === undefined || found === 'nothing' ? found : 'file';
  const output = seen(lookAtStream(1));
  const beside = errorsBeside(output);
  const errors = beside === 'with output' ? beside : seen(beside);
  return {
    stdio: [
      input === undefined ? descriptorOf(0, stream === 'file' ? 'nothing' : stream) : 'pipe',
      descriptorOf(1, output),
      errors === 'with output' ? 'ignore' : descriptorOf(2, errors),
      ...reportPipe(spec.launcher),
    ],
    input,
    copied: [...copyOf(1, 1, output), ...copyOf(2, 2, errors)],
    redirections: errors === 'with output' ? '2>&1' : '',
  };
}

/**
 * The streams of a program that holds a terminal for the command: its own are this process's
 * terminal. What else the command is to print to comes behind them.
 *
 * @param putBy - where the shell in front of the command finds its terminal.
 */
export function terminalStreams(putBy: PutBy): CommandStreams {
  const first = Math.max(putBy.output, putBy.errors) + 1;
  const output = lookAtStream(1);
  const errors = errorsBeside(output);
  const between = Array.from({ length: first - 4 }, () => 'ignore' as const);
  return {
    stdio: [
      ...([0, output === 'terminal' ? 1 : 0, 'pipe', 'pipe'] as const),
      ...between,
      output === 'terminal' ? 'ignore' : descriptorOf(1, output),
      errors === 'terminal' || errors === 'with output' ? 'ignore' : descriptorOf(2, errors),
    ],
    input: undefined,
    copied: [...copyOf(first, 1, output), ...copyOf(first + 1, 2, errors)],
    redirections: [
      `>${place(output, putBy.output, first)}`,
      errors === 'with output' ? '2>&1' : `2>${place(errors, putBy.errors, first + 1)}`,
      ...[putBy.output, putBy.errors, first, first + 1].map((number) => `${number}>&-`),
    ].join(' '),
  };
}

function errorsBeside(output: HostStream): HostStream | 'with output' {
  const errors = lookAtStream(2);
  return output === 'file' && errors === 'file' && isOneFile() ? 'with output' : errors;
}

function descriptorOf(number: StreamNumber, stream: HostStream): Descriptor {
  switch (stream) {
    case 'file':
      return 'pipe';
    case 'nothing':
      return 'ignore';
    case 'terminal':
    case 'itself':
      return number;
  }
}

function copyOf(
  pipe: number,
  to: StreamNumber,
  stream: HostStream | 'with output',
): readonly CopiedPipe[] {
  return stream === 'file' ? [{ pipe, to }] : [];
}

function place(stream: HostStream, terminal: number, other: number): string {
  if (stream === 'nothing') return ' /dev/null';
  return `&${stream === 'terminal' ? terminal : other}`;
}

/** A pipe for what a launcher has to say. */
function reportPipe(launcher: ProcessSpec['launcher']): readonly ['pipe'] | readonly [] {
  return launcher === undefined ? [] : ['pipe'];
}
