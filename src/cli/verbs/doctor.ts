/** `agentfs doctor`: what an accident may have left, what the host offers, and what to do. */

import type { Capabilities, Finding } from '../../index.ts';
import { EXIT } from '../exit-status.ts';
import type { Style } from '../output.ts';
import { addExamples, type Verb } from '../verb.ts';
import { oneLine } from '../visible.ts';

/** Examines store, configuration and host; ends with 1 when something is wrong. */
export const verb: Verb = {
  define(command) {
    addExamples(
      command,
      ['agentfs doctor', 'when something seems to be wrong'],
      ['agentfs doctor --json', 'the findings with their codes'],
    );
  },
  async run(call) {
    const afs = await call.open();
    const findings = await afs.doctor();
    const issues = afs.config.validate();
    const capabilities = await afs.capabilities();
    const { output, globals } = call;
    const isWrong = [...findings, ...issues].some(({ severity }) => severity === 'error');
    if (isWrong) call.exitStatus = EXIT.failure;
    if (globals.json) return output.json({ findings, configuration: issues, ...capabilities });
    const { style } = output;
    await output.print(
      ...findings.flatMap((finding) => describe(finding, style)),
      ...issues.flatMap(({ severity, message, suggestion = '', source }) =>
        describe({ severity, message: `${message} (${source})`, hint: suggestion }, style),
      ),
      ...describeHost(capabilities, style),
      ...(isWrong ? [] : ['Nothing is wrong.']),
    );
  },
};

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
    const list = offered.length > 0 ? offered.join(', ') : `not here: ${reason ?? ''}`;
    return `Sandbox profiles by ${name}: ${list}${offered.length > 0 && reason ? dim(` (${reason})`) : ''}`;
  });
}
