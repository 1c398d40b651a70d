#!/usr/bin/env node
/** The program `agentfs`: where a call begins, and how it ends. */

import { Call } from './call.ts';
import { exitStatusOf } from './exit-status.ts';
import { Interrupts } from './interrupts.ts';
import { Output } from './output.ts';
import { runProgram } from './program.ts';
import { reportError } from './report-error.ts';

const output = new Output(process.stdout, process.stderr, process.env);
const interrupts = new Interrupts(process);
const call = new Call({ env: process.env, cwd: process.cwd, output, interrupts });
let failure: unknown;
// What nobody waited for is a fault, but no reason to show people a stack.
process.on('uncaughtException', (error) => {
  reportError(error, output, call.globals);
  process.exit(exitStatusOf(error));
});
try {
  await Promise.race([runProgram(process.argv.slice(2), call), interrupts.happened]);
  process.exitCode = call.exitStatus;
} catch (error) {
  failure = error;
  reportError(error, output, call.globals);
  process.exitCode = exitStatusOf(error);
}
try {
  // Waits for commands and commits that were told to stop.
  await call.close(Number(process.exitCode), failure);
} catch (error) {
  reportError(error, output, call.globals);
  process.exitCode ||= exitStatusOf(error);
}
// What was interrupted may hold the process in a place that knows no signal.
if (interrupts.signal.aborted) process.exit();
