/** `agentfs config validate`: whether the configuration is as it should be. */

import { Config, ConfigError, type Issue } from '../../index.ts';
import type { Call } from '../call.ts';
import { EXIT } from '../exit-status.ts';
import { count } from '../humane.ts';
import { addExamples, type Verb } from '../verb.ts';
import { oneLine } from '../visible.ts';

interface ValidateFlags {
  readonly strict?: boolean;
}

/** Looks for mistakes; ends with 2 when there are some. */
export const verb: Verb = {
  define(command) {
    command
      .argument('[file]', 'a file to look at instead of the usual ones')
      .option('--strict', 'take warnings for mistakes too');
    addExamples(
      command,
      ['agentfs config validate', 'your file, that of the project, and the environment'],
      ['agentfs config validate team.toml --strict', 'one file, with no warning either'],
    );
  },
  async run(call, command) {
    const { strict = false } = command.opts<ValidateFlags>();
    const { output, globals } = call;
    const issues = await issuesOf(call, command.args[0]);
    const isValid = issues.every(({ severity }) => severity === 'warning' && !strict);
    if (!isValid) call.exitStatus = EXIT.usage;
    if (globals.json) return output.json({ ok: isValid, issues });
    for (const { severity, source, message, suggestion } of issues) {
      await output.print(oneLine(`${source}: ${severity}: ${message} ${suggestion ?? ''}`.trim()));
    }
    output.say(issues.length === 0 ? 'All is well.' : `${count(issues.length, 'issue')} found.`);
  },
};

/** What makes a file unusable is thrown by whoever needs it; here it is one of the findings. */
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
