/** What a killed process leaves of the commands that it ran; `test/faults/` does this many times. */

import { expect, it } from 'vitest';
import { describeOverlay } from '../support/overlay-host.ts';
import { RunKills } from './support/run-kills.ts';

it('leaves a workspace as it was before the command, by the directory strategy', async () => {
  expect.hasAssertions();
  const kills = new RunKills('directory');
  await kills.round(90);
});

await describeOverlay('standard', 'a process that is killed while it runs commands', () => {
  it('leaves a workspace as it was before the command, no process and no mount', async () => {
    expect.hasAssertions();
    const kills = new RunKills('overlay');
    await kills.round(40);
  });
});
