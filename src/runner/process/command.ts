/** What to execute: checks a command and turns it into a program file and its arguments. */

import { requireText } from '../../primitives/arguments.ts';
import { wrongType, wrongValue } from '../../primitives/errors.ts';

/** A command line for a shell, or a program and its arguments, which no shell sees. */
export type Command = string | readonly string[];

/** A program and its arguments. */
export interface Invocation {
  /** A path, or a name that is looked up in `PATH`. */
  readonly file: string;
  readonly args: readonly string[];
}

/**
 * Resolves a command to what is executed.
 *
 * A string goes to `/bin/sh -c`, or to the shell that `shell` names; with `shell: false` it is the
 * name of a program without arguments. An array is executed as it stands.
 *
 * @throws {TypeError} INVALID_ARGUMENT when the command or `shell` has the wrong type.
 * @throws {RangeError} INVALID_ARGUMENT for an empty command, NUL, or an array with a shell.
 */
export function resolveCommand(command: Command, shell?: boolean | string): Invocation {
  checkShell(shell);
  if (typeof command === 'string') {
    requireText('command', command);
    if (command.trim() === '') throw wrongValue('command', 'a non-empty command', command);
    if (shell === false) return { file: command, args: [] };
    return { file: typeof shell === 'string' ? shell : '/bin/sh', args: ['-c', command] };
  }
  if (!Array.isArray(command)) throw wrongType('command', 'a string or an array', command);
  const [file, ...args] = command.map((part: unknown, index) =>
    requireText(`command[${index}]`, part),
  );
  if (file === undefined || file === '') {
    throw wrongValue('command', 'an array that begins with a program', command);
  }
  if (shell !== undefined && shell !== false) {
    throw wrongValue('shell', 'left out for a command in an array', shell);
  }
  return { file, args };
}

/** The invocation that starts `launcher` with `invocation` behind its own arguments. */
export function wrapInvocation(launcher: Invocation, invocation: Invocation): Invocation {
  return {
    file: launcher.file,
    args: [...launcher.args, invocation.file, ...invocation.args],
  };
}

function checkShell(shell: unknown): void {
  if (shell === undefined || typeof shell === 'boolean') return;
  if (typeof shell !== 'string') throw wrongType('shell', 'a boolean or a string', shell);
  if (requireText('shell', shell) === '') throw wrongValue('shell', 'the path of a shell', shell);
}
