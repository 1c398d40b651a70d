/** `agentfs rpc`: the operations for other programs, by JSON-RPC over standard input and output. */

import { readFileSync } from 'node:fs';
import { ConfigError, type ConfigInput } from '../../index.ts';
import { packageVersion } from '../package-version.ts';
import { addExamples, type Verb } from '../verb.ts';

interface RpcFlags {
  readonly readOnly?: boolean;
  readonly settings?: string;
}

/** Serves one client. */
export const verb: Verb = {
  define(command) {
    command
      .option('--read-only', 'refuse what changes something')
      .option('--settings <file>', 'JSON with settings that win over those of files')
      .addHelpText('after', '\nThe protocol and all operations are in docs/OPERATIONS.md.');
    addExamples(
      command,
      ['agentfs rpc', 'for programs: frames of JSON-RPC 2.0, as language servers speak'],
      ['agentfs rpc --base ~/project --read-only', 'for programs that only look'],
    );
  },
  async run(call, command) {
    const { readOnly = false, settings } = command.opts<RpcFlags>();
    const { serveSession } = await import('../../rpc/session.ts');
    const afs = await call.open({
      create: !readOnly,
      ...(settings !== undefined && { settings: readSettings(settings) }),
    });
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
