/** `agentfs version`: which agentfs this is, and with `--verbose` what it stands on. */

import { release } from 'node:os';
import { packageVersion } from '../package-version.ts';
import { addExamples, type Verb } from '../verb.ts';

/** Grows when a JSON shape of docs/CLI.md changes in a way that could break its readers. */
const JSON_SHAPES = 1;

/** Prints the version. */
export const verb: Verb = {
  define(command) {
    addExamples(
      command,
      ['agentfs version', 'the version alone'],
      ['agentfs version --verbose', 'what to write into a report of a fault'],
    );
  },
  async run({ output, globals }) {
    const version = packageVersion();
    const platform = {
      node: process.versions.node,
      platform: process.platform,
      arch: process.arch,
    };
    if (globals.json) {
      await output.json({ version, shapes: JSON_SHAPES, ...platform, kernel: release() });
      return;
    }
    await output.print(`agentfs ${version}`);
    if (!globals.verbose) return;
    await output.print(
      `node ${platform.node}`,
      `${platform.platform} ${platform.arch}, kernel ${release()}`,
      `JSON shapes ${JSON_SHAPES}`,
    );
  },
};
