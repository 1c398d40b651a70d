/** `agentfs config list`: every setting, its value, and where that comes from. */

import { Config } from '../../index.ts';
import { valueText } from '../config-value.ts';
import { addFormat, chooseFormat, type FormatOption } from '../format.ts';
import { type Column, printList } from '../table.ts';
import { addExamples, type Verb } from '../verb.ts';

interface ListFlags extends FormatOption {
  readonly changed?: boolean;
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

/** Lists the settings. */
export const verb: Verb = {
  define(command) {
    addFormat(command).option('--changed', 'only those that somebody has set');
    addExamples(
      command,
      ['agentfs config list', 'all settings with their values'],
      ['agentfs config list --changed', 'what is not as it comes, and who says so'],
      ['agentfs config list --json', 'with defaults and descriptions'],
    );
  },
  async run(call, command) {
    const { changed = false, ...rest } = command.opts<ListFlags>();
    const format = await chooseFormat(call, rest);
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
    const rows = changed ? settings.filter(({ source }) => source !== 'default') : settings;
    await printList(call.output, format, { columns: COLUMNS, rows, toJson });
  },
};

function toJson({ value, default: standard, ...rest }: Setting): Record<string, unknown> {
  return { ...rest, value: value ?? null, default: standard ?? null };
}
