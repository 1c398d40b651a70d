/** `agentfs verify`: checks the whole store, and exits with 1 if it is damaged. */

import { EXIT, UsageError } from '../exit-status.ts';
import { count } from '../print/human.ts';
import { oneLine } from '../visible.ts';
import { defineVerb, type Verb } from './define-verb.ts';

interface VerifyFlags {
  readonly data: boolean;
  readonly sample?: string;
}

export const verb: Verb = defineVerb<VerifyFlags>({
  options: [
    ['--no-data', 'do not read file contents'],
    ['--sample <percent>', 'read only this share of them, chosen at random'],
  ],
  examples: [
    ['agentfs verify', 'every object against its id'],
    ['agentfs verify --sample 5', 'a quick check of a large store'],
  ],
  async run({ call, flags }) {
    const readData = shareOf(flags);
    const report = await (await call.open()).verify({ readData });
    const { ok, damage, damageCount } = report;
    if (!ok && !call.globals.json) {
      const problems = count(damageCount, 'problem');
      call.output.complain(`Found ${problems}. Restore the store from a backup.`);
    }
    const found = damage.flatMap(({ code, message, hits }) => [
      `${code}: ${oneLine(message)}`,
      ...hits.map(({ owner, path }) => `  in ${owner.kind} ${owner.name}: ${oneLine(path)}`),
    ]);
    const status = ok ? EXIT.success : EXIT.failure;
    return { json: report, status, lines: ok ? [...found, 'ok'] : found };
  },
});

function shareOf({ data, sample }: VerifyFlags): boolean | number {
  if (sample === undefined) return data;
  if (!data) {
    throw new UsageError(
      '--sample and --no-data cannot be used together.',
      'Leave one of them out.',
    );
  }
  const percent = Number(sample);
  if (/^[\d.]+$/.test(sample) && percent >= 0 && percent <= 100) return percent / 100;
  throw new UsageError(`--sample takes a number from 0 to 100, not '${sample}'.`);
}
