/** `agentfs version`: prints the version, and with `--verbose` what it runs on. */

import { release } from 'node:os';
import { packageVersion } from '../package-version.ts';
import { defineVerb, type Verb } from './define-verb.ts';

/** Grows when a JSON shape of docs/CLI.md changes in a way that could break its readers. */
const JSON_SHAPES = 1;

export const verb: Verb = defineVerb({
  examples: [
    ['agentfs version', 'the version alone'],
    ['agentfs version --verbose', 'what to put into a bug report'],
  ],
  async run({ call: { globals } }) {
    const version = packageVersion();
    const { platform, arch, versions } = process;
    const { node } = versions;
    const kernel = release();
    const details = [
      `node ${node}`,
      `${platform} ${arch}, kernel ${kernel}`,
      `JSON shapes ${JSON_SHAPES}`,
    ];
    return {
      json: { version, shapes: JSON_SHAPES, node, platform, arch, kernel },
      lines: [`agentfs ${version}`, ...(globals.verbose ? details : [])],
    };
  },
});
