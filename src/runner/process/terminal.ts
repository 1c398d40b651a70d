/** The host's terminal, while a command has it. */

import { isatty } from 'node:tty';
import { AgentFSError } from '../../primitives/errors.ts';

/** What Ctrl-C and Ctrl-\\ send to everybody in the foreground. */
const KEYBOARD_SIGNALS = ['SIGINT', 'SIGQUIT'] as const;

/** @throws {AgentFSError} NOT_A_TERMINAL when the standard input of this process is something else. */
export function requireTerminal(): void {
  if (isatty(0)) return;
  throw new AgentFSError('NOT_A_TERMINAL', 'The standard input is not a terminal.', {
    hint: 'Leave tty out, and use input and the result; or start the program from a terminal.',
  });
}

/**
 * Lets this process live on when a key sends a signal that is meant for the command. Listeners that
 * the program has for these signals are called all the same.
 *
 * @returns the function that ends it.
 */
export function ignoreKeyboardSignals(): () => void {
  const ignore = (): void => undefined;
  for (const signal of KEYBOARD_SIGNALS) process.on(signal, ignore);
  return () => {
    for (const signal of KEYBOARD_SIGNALS) process.off(signal, ignore);
  };
}
