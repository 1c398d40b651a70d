/** `agentfs doctor`: examines store, configuration and host, and exits with 1 if something is wrong. */

import type { Capabilities, Finding } from '../../index.ts';
import { EXIT } from '../exit-status.ts';
import { hintFor } from '../hints.ts';
import type { Style } from '../output.ts';
import { oneLine } from '../visible.ts';
import { defineVerb, type Verb } from './define-verb.ts';

export const verb: Verb = defineVerb({
  examples: [
    ['agentfs doctor', 'if something seems wrong'],
    ['agentfs doctor --json', 'the findings with their codes'],
  ],
  async run({ call }) {
    const afs = await call.open();
    const findings = await afs.doctor();
    const configuration = afs.config.validate();
    const capabilities = await afs.capabilities();
    const { style } = call.output;
    const isWrong = [...findings, ...configuration].some(({ severity }) => severity === 'error');
    return {
      json: { findings, configuration, ...capabilities },
      status: isWrong ? EXIT.failure : EXIT.success,
      lines: [
        ...findings.flatMap(({ code, ...finding }) =>
          describe({ ...finding, hint: hintFor(code, finding.hint) ?? '' }, style),
        ),
        ...configuration.flatMap(({ severity, message, suggestion = '', source }) =>
          describe({ severity, message: `${message} (${source})`, hint: suggestion }, style),
        ),
        ...describeHost(capabilities, style),
        ...(isWrong ? [] : ['No problems found.']),
      ],
    };
  },
});

type Told = Pick<Finding, 'severity' | 'message' | 'hint'>;

function describe({ severity, message, hint }: Told, { red, yellow, dim }: Style): string[] {
  const paint = { error: red, warning: yellow, info: dim }[severity];
  return [
    `${paint(`${severity}:`)} ${oneLine(message)}`,
    ...(hint === '' ? [] : [`  ${oneLine(hint)}`]),
  ];
}

function describeHost({ strategies }: Capabilities, { dim }: Style): string[] {
  return strategies.map(({ name, profiles }) => {
    const offered = profiles.filter(({ available }) => available).map(({ profile }) => profile);
    const [reason] = profiles.flatMap((each) => (each.available ? [] : [each.reason]));
    const list = offered.length > 0 ? offered.join(', ') : `none: ${reason ?? ''}`;
    const why = offered.length > 0 && reason ? dim(` (${reason})`) : '';
    return `Sandbox profiles with ${name}: ${list}${why}`;
  });
}
