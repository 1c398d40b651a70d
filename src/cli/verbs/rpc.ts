/** `agentfs rpc`: the operations for other programs, by JSON-RPC over standard input and output. */

import { packageVersion } from '../package-version.ts';
import { addExamples, type Verb } from '../verb.ts';

interface RpcFlags {
  readonly readOnly?: boolean;
}

/** Serves one client. */
export const verb: Verb = {
  define(command) {
    command
      .option('--read-only', 'refuse what changes something')
      .addHelpText('after', '\nThe protocol and all operations are in docs/OPERATIONS.md.');
    addExamples(
      command,
      ['agentfs rpc', 'for programs: frames of JSON-RPC 2.0, as language servers speak'],
      ['agentfs rpc --base ~/project --read-only', 'for programs that only look'],
    );
  },
  async run(call, command) {
    const { readOnly = false } = command.opts<RpcFlags>();
    const { serveSession } = await import('../../rpc/session.ts');
    const afs = await call.open({ create: !readOnly });
    await serveSession({
      afs,
      input: process.stdin,
      output: process.stdout,
      version: packageVersion(),
      readOnly,
      signal: call.signal,
    });
  },
};
