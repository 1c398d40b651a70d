/** `agentfs import`: a tar archive as a new workspace, or over one that is there. */

import { createReadStream, existsSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { changeLines } from '../change-lines.ts';
import { count } from '../human.ts';
import { UsageError } from '../usage-error.ts';
import { addExamples, type Verb } from '../verb.ts';
import { workspaceJson } from '../workspace-json.ts';

interface ImportFlags {
  readonly over?: boolean;
  readonly replace?: boolean;
  readonly allowOutsideSymlinks?: boolean;
}

/** Reads the archive. */
export const verb: Verb = {
  define(command) {
    command
      .argument('<workspace>', 'the workspace to make')
      .argument('[archive]', 'a tar archive, plain or with gzip; default - for standard input')
      .option('--over', 'lay the archive over a workspace that is there')
      .option('--replace', 'the same, and delete what the archive does not hold')
      .option('--allow-outside-symlinks', 'keep links that lead outside, as data');
    addExamples(
      command,
      ['agentfs import copy agent-1.tar.gz', 'a workspace that holds what is in the archive'],
      ['agentfs import agent-1 vendor.tar --over', 'add files to a workspace; undo takes it back'],
      ['git archive HEAD~3 | agentfs import old', 'an old state of the project'],
    );
  },
  async run(call, command) {
    const [name = '', file = '-'] = command.args;
    const { over = false, replace = false, allowOutsideSymlinks } = command.opts<ImportFlags>();
    const source = openArchive(file);
    const options = { allowOutsideSymlinks, signal: call.signal };
    const { output, globals } = call;
    if (!over && !replace) {
      const afs = await call.open({ create: true });
      const workspace = await afs.workspace.importTar(name, source, options);
      if (globals.json) return output.json(workspaceJson(workspace));
      return output.say(`Created workspace ${workspace.name} from the archive.`);
    }
    const workspace = await call.workspace(name);
    const { changes } = await workspace.importTar(source, { ...options, replace });
    if (globals.json) return output.json({ workspace: workspace.name, changes });
    await output.print(...changeLines(changes, output.style));
    output.say(`Imported ${count(changes.length, 'change')} into workspace ${workspace.name}.`);
  },
};

function openArchive(file: string): Readable {
  if (file !== '-') {
    if (existsSync(file)) return createReadStream(file);
    throw new UsageError(`There is no archive '${file}'.`, 'Check the name of the file.');
  }
  if (process.stdin.isTTY !== true) return process.stdin;
  throw new UsageError('No archive is given.', 'Name a file, or pipe an archive in.');
}
