/** `agentfs config list`: lists every setting, its value, and where that comes from. */

import { Config } from '../../index.ts';
import { FORMAT } from '../options/parameters.ts';
import { answerList, type FormatOption } from '../print/format.ts';
import { valueText } from '../print/json-shapes.ts';
import type { Column } from '../print/list.ts';
import { defineVerb, type Verb } from './define-verb.ts';

interface ListFlags extends FormatOption {
  readonly changed?: true;
}

interface Setting {
  readonly key: string;
  readonly value: unknown;
  readonly source: string;
  readonly default: unknown;
  readonly doc: string;
}

const COLUMNS: readonly Column<Setting>[] = [
  { name: 'key', value: ({ key }) => key },
  { name: 'value', value: ({ value }) => valueText(value) },
  { name: 'source', value: ({ source }) => source },
];

export const verb: Verb = defineVerb<ListFlags>({
  options: [FORMAT, ['--changed', 'only those that are set somewhere']],
  examples: [
    ['agentfs config list', 'all settings and their values'],
    ['agentfs config list --changed', 'what differs from the defaults, and where it is set'],
    ['agentfs config list --json', 'with defaults and descriptions'],
  ],
  async run({ call, flags }) {
    const config = await call.config();
    const settings = Config.keys().map(
      ({ name, doc, default: standard }): Setting => ({
        key: name,
        value: config.shown(name),
        source: config.source(name),
        default: standard,
        doc,
      }),
    );
    const rows = flags.changed ? settings.filter(({ source }) => source !== 'default') : settings;
    return answerList(call, flags, { columns: COLUMNS, rows, toJson });
  },
});

function toJson({ value, default: standard, ...rest }: Setting): Record<string, unknown> {
  return { ...rest, value: value ?? null, default: standard ?? null };
}
