/** `agentfs rpc`: the operations for other programs, by JSON-RPC over standard input and output. */

import { packageVersion } from '../package-version.ts';
import type { Verb } from '../verb.ts';
import { defineVerb } from './define-verb.ts';

/** Serves one client. */
export const verb: Verb = defineVerb<{ readonly readOnly?: true }>({
  options: [['--read-only', 'refuse operations that change something']],
  notes: 'docs/OPERATIONS.md describes the protocol and all operations.',
  examples: [
    ['agentfs rpc', 'frames of JSON-RPC 2.0 over stdin and stdout, as in language servers'],
    ['agentfs rpc --base ~/project --read-only', 'for programs that only look'],
  ],
  async run({ call, flags: { readOnly = false } }) {
    const { serveSession } = await import('../../rpc/session.ts');
    const afs = await call.open({ create: !readOnly });
    const { stdin: input, stdout: output } = process;
    const version = packageVersion();
    await serveSession({ afs, input, output, version, readOnly, signal: call.signal });
  },
});
