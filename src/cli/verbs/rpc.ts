/** `agentfs rpc`: serves the operations to one program, by JSON-RPC over standard input and output. */

import { readFileSync } from 'node:fs';
import { ConfigError, type ConfigInput } from '../../index.ts';
import { packageVersion } from '../package-version.ts';
import { defineVerb, type Verb } from './define-verb.ts';

export const verb: Verb = defineVerb<{ readonly readOnly?: true; readonly settings?: string }>({
  options: [
    ['--read-only', 'refuse operations that change something'],
    ['--settings <file>', 'JSON with settings that win over those of files'],
  ],
  notes: 'docs/OPERATIONS.md describes the protocol and all operations.',
  examples: [
    ['agentfs rpc', 'frames of JSON-RPC 2.0 over stdin and stdout, as in language servers'],
    ['agentfs rpc --base ~/project --read-only', 'for programs that only look'],
  ],
  async run({ call, flags: { readOnly = false, settings } }) {
    const { serveSession } = await import('../../rpc/session.ts');
    const afs = await call.open({
      create: !readOnly,
      ...(settings !== undefined && { settings: readSettings(settings) }),
    });
    const { stdin: input, stdout: output } = process;
    const version = packageVersion();
    await serveSession({ afs, input, output, version, readOnly, signal: call.signal });
  },
});

/**
 * The settings in a file.
 *
 * @throws {ConfigError} CONFIG_INVALID when it cannot be read, or is not a JSON object.
 */
function readSettings(path: string): ConfigInput {
  const hint = 'Write a JSON object into it, with settings as in the configuration files.';
  let settings: unknown;
  try {
    settings = JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new ConfigError(`The settings in ${path} cannot be read.`, { path, hint, cause });
  }
  if (typeof settings === 'object' && settings !== null && !Array.isArray(settings)) {
    return { ...settings };
  }
  throw new ConfigError(`The settings in ${path} are no object.`, { path, hint });
}
