/** The program under its own name, for shells that are to find it on their path. */

import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundledProgram } from './compiled.ts';

/** Puts `agentfs` into the directory `bin` of another; returns a PATH that begins with it. */
export async function programOnPath(directory: string): Promise<string> {
  const bin = join(directory, 'bin');
  const program = await bundledProgram();
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(bin, 'agentfs'), `#!/bin/sh\nexec '${process.execPath}' '${program}' "$@"\n`);
  chmodSync(join(bin, 'agentfs'), 0o755);
  return `${bin}:${process.env['PATH']}`;
}
