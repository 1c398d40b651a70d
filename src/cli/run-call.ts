/** One call from its beginning to its end, wherever it runs. */

import type { Call } from './call.ts';
import { runProgram } from './program.ts';
import { reportError } from './report-error.ts';

/** Does what the arguments say, closes what was opened, and gives the exit status. */
export async function runCall(args: readonly string[], call: Call): Promise<number> {
  const { interrupts } = call;
  const report = (error: unknown): number => {
    reportError(error, call);
    return call.statusOf(error);
  };
  let status: number;
  let failure: unknown;
  try {
    await Promise.race([runProgram(args, call), interrupts.happened]);
    status = call.exitStatus;
  } catch (error) {
    failure = error;
    status = report(error);
  }
  try {
    // Waits for commands and commits that were told to stop.
    await call.close(status, failure);
  } catch (error) {
    const second = report(error);
    status ||= second;
  }
  return status;
}
