/** `agentfs import`: reads a tar archive into a new workspace or an existing one. */

import { createReadStream, existsSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { UsageError } from '../exit-status.ts';
import { changeLines } from '../print/change-lines.ts';
import { count } from '../print/human.ts';
import { workspaceJson } from '../print/json-shapes.ts';
import { defineVerb, type Verb } from './define-verb.ts';

interface ImportFlags {
  readonly over?: true;
  readonly replace?: true;
  readonly allowOutsideSymlinks?: true;
}

export const verb: Verb = defineVerb<ImportFlags>({
  arguments: [
    ['<workspace>', 'the workspace to create'],
    ['[archive]', 'a tar archive, plain or gzipped; default - for standard input'],
  ],
  options: [
    ['--over', 'add the files to an existing workspace'],
    ['--replace', 'the same, and delete what the archive does not contain'],
    ['--allow-outside-symlinks', 'keep links that lead outside, as data'],
  ],
  examples: [
    ['agentfs import copy agent-1.tar.gz', 'a workspace with the contents of the archive'],
    ['agentfs import agent-1 vendor.tar --over', 'add files to a workspace'],
    ['git archive HEAD~3 | agentfs import old', 'an old state of the project'],
  ],
  async run({ call, args: [name = '', file = '-'], flags }) {
    const { over, replace, allowOutsideSymlinks } = flags;
    const source = openArchive(file);
    const options = { allowOutsideSymlinks, signal: call.signal };
    if (!over && !replace) {
      const afs = await call.open({ create: true });
      const workspace = await afs.workspace.importTar(name, source, options);
      return { json: workspaceJson(workspace), says: `Created workspace ${workspace.name}.` };
    }
    const workspace = await call.workspace(name);
    const { changes } = await workspace.importTar(source, { ...options, replace });
    return {
      json: { workspace: workspace.name, changes },
      lines: changeLines(changes, call.output.style),
      says: `Imported ${count(changes.length, 'change')} into ${workspace.name}.`,
    };
  },
});

function openArchive(file: string): Readable {
  if (file !== '-') {
    if (existsSync(file)) return createReadStream(file);
    throw new UsageError(`There is no file '${file}'.`, 'Check the name of the archive.');
  }
  if (process.stdin.isTTY !== true) return process.stdin;
  throw new UsageError('No archive is named.', 'Name a file, or pipe an archive in.');
}
