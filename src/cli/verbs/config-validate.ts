/** `agentfs config validate`: looks for mistakes, and exits with 2 if there are any. */

import { Config, ConfigError, type Issue } from '../../index.ts';
import type { Call } from '../call.ts';
import { EXIT } from '../exit-status.ts';
import { count } from '../print/human.ts';
import { defineVerb, type Verb } from './define-verb.ts';

export const verb: Verb = defineVerb<{ readonly strict?: true }>({
  arguments: [['[file]', 'a file to check instead of the usual ones']],
  options: [['--strict', 'treat warnings as errors']],
  examples: [
    ['agentfs config validate', "your file, the project's and the environment"],
    ['agentfs config validate team.toml --strict', 'one file, without a single warning'],
  ],
  async run({ call, args: [file], flags: { strict = false } }) {
    const issues = await issuesOf(call, file);
    const ok = issues.every(({ severity }) => severity === 'warning' && !strict);
    return {
      json: { ok, issues },
      status: ok ? EXIT.success : EXIT.usage,
      lines: issues.map(({ severity, source, message, suggestion = '' }) =>
        `${source}: ${severity}: ${message} ${suggestion}`.trim(),
      ),
      says:
        issues.length === 0 ? 'No problems found.' : `Found ${count(issues.length, 'problem')}.`,
    };
  },
});

/** What makes a file unusable is an error elsewhere; here it is a finding. */
async function issuesOf(call: Call, file: string | undefined): Promise<Issue[]> {
  try {
    return (file === undefined ? await call.config() : Config.load(file)).validate();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const { message, hint, path, details } = error;
    const key = String(details?.['key'] ?? '');
    const source = String(details?.['source'] ?? path ?? 'configuration');
    return [{ severity: 'error', key, message, ...(hint && { suggestion: hint }), source }];
  }
}
