/** `agentfs verify`: proves the whole store. */

import { EXIT } from '../exit-status.ts';
import { count } from '../humane.ts';
import { UsageError } from '../usage-error.ts';
import { addExamples, type Verb } from '../verb.ts';
import { oneLine } from '../visible.ts';

interface VerifyFlags {
  readonly data: boolean;
  readonly sample?: string;
}

/** Verifies the store; ends with 1 when it is damaged. */
export const verb: Verb = {
  define(command) {
    command
      .option('--no-data', 'do not read the contents of files')
      .option('--sample <percent>', 'read only so many of them, chosen at random');
    addExamples(
      command,
      ['agentfs verify', 'every object against its id'],
      ['agentfs verify --sample 5', 'a quick look at a large store'],
    );
  },
  async run(call, command) {
    const readData = shareOf(command.opts<VerifyFlags>());
    const report = await (await call.open()).verify({ readData });
    const { output, globals } = call;
    if (!report.ok) call.exitStatus = EXIT.failure;
    if (globals.json) return output.json(report);
    for (const { code, message, hits } of report.damage) {
      await output.print(`${code}: ${oneLine(message)}`);
      const places = hits.map(
        ({ owner, path }) => `  in ${owner.kind} ${owner.name}: ${oneLine(path)}`,
      );
      await output.print(...places);
    }
    if (report.ok) return output.print('ok');
    output.complain(`${count(report.damageCount, 'finding')}; restore a backup of the store.`);
  },
};

function shareOf({ data, sample }: VerifyFlags): boolean | number {
  if (sample === undefined) return data;
  if (!data) throw new UsageError('--sample contradicts --no-data.', 'Leave one of them out.');
  const percent = Number(sample);
  if (/^[\d.]+$/.test(sample) && percent >= 0 && percent <= 100) return percent / 100;
  throw new UsageError(`--sample takes a number from 0 to 100, not '${sample}'.`);
}
