/** Asks people before something is destroyed; programs are never asked. */

import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';
import type { Call } from './call.ts';
import { UsageError } from './exit-status.ts';
import { oneLine } from './visible.ts';

/** Whether there is somebody to ask: both the question and the answer need a terminal. */
export function isInteractive(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true;
}

/**
 * Asks on a terminal whether to go on, unless `--yes` or the configuration says not to.
 *
 * @throws {UsageError} when the answer is anything but yes.
 */
export async function confirm(call: Call, question: string, yes: boolean): Promise<void> {
  if (yes || !isInteractive()) return;
  if (!(await call.config()).get('security.confirm_destructive')) return;
  call.output.clearStatus();
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  // Who reads lines is told of Ctrl-C by itself, and would take it for no answer.
  terminal.once('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  try {
    // The end of the input (Ctrl-D) would leave the question open for ever.
    const ended = once(terminal, 'close').then(() => '');
    const asked = terminal.question(`${oneLine(question)} [y/N] `, { signal: call.signal });
    const answer = await Promise.race([asked, ended]);
    if (/^y(es)?$/i.test(answer.trim())) return;
  } finally {
    terminal.close();
  }
  throw new UsageError('Cancelled; nothing was changed.', 'Answer y to go on.', 'NOT_CONFIRMED');
}
