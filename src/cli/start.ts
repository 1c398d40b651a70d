/** The call that a process is there for: how it begins, and how it ends. */

import { Call } from './call.ts';
import { exitStatusOf } from './exit-status.ts';
import { Interrupts } from './interrupts.ts';
import { Output } from './output.ts';
import { reportError } from './report-error.ts';
import { runCall } from './run-call.ts';

/** Does what the arguments of this process say, and sets its exit status. */
export async function start(): Promise<void> {
  const output = new Output(process.stdout, process.stderr, process.env);
  const interrupts = new Interrupts(process);
  const { env, cwd, argv } = process;
  const call = new Call({ env, cwd, output, interrupts, program: argv[1] });
  // An unhandled rejection is a bug, but no reason to show a stack.
  process.on('uncaughtException', (error) => {
    reportError(error, call);
    process.exit(exitStatusOf(error));
  });
  process.exitCode = await runCall(process.argv.slice(2), call);
  // What was interrupted may hold the process in a place that knows no signal.
  if (interrupts.signal.aborted) process.exit();
}
