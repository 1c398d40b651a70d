/** `agentfs export`: writes a workspace or snapshot to a tar archive. */

import { resolve } from 'node:path';
import type { Readable } from 'node:stream';
import type { Call } from '../call.ts';
import { UsageError } from '../exit-status.ts';
import { WORKSPACE } from '../options/parameters.ts';
import { splitReference } from '../options/snapshot-arguments.ts';
import { saveFile } from '../print/save-file.ts';
import { defineVerb, type Verb } from './define-verb.ts';

interface ExportFlags {
  readonly output?: string;
  readonly gzip?: true;
}

export const verb: Verb = defineVerb<ExportFlags>({
  arguments: [['[source]', 'a workspace, or workspace/snapshot']],
  options: [
    WORKSPACE,
    ['-o, --output <file>', 'the file to write; default standard output'],
    ['--gzip', 'compress it; the default for files that end in .gz or .tgz'],
  ],
  examples: [
    ['agentfs export agent-1 -o agent-1.tar.gz', 'keep a workspace, or move it elsewhere'],
    ['agentfs export agent-1/before -o before.tar', 'a snapshot of it'],
    ['agentfs export agent-1 | tar -tv', 'see what is in it'],
  ],
  async run({ call, args: [source], flags }) {
    const file = flags.output === '-' ? undefined : flags.output;
    if (file === undefined) requirePipe(call);
    const { workspace: name = source, snapshot } = splitReference(source ?? '');
    const workspace = await call.workspace(name, flags.workspace);
    const gzip = flags.gzip ?? /\.t?gz$/.test(file ?? '');
    const archive = workspace.exportTar({ snapshot, gzip });
    if (file === undefined) return printArchive(call, archive);
    const path = resolve(call.cwd, file);
    const bytes = await saveFile(path, archive, call.signal);
    return {
      json: { workspace: workspace.name, snapshot: snapshot ?? null, path, bytes },
      says: `Exported ${source ?? workspace.name} to ${file}.`,
    };
  },
});

function requirePipe({ output, globals }: Call): void {
  if (!output.isTerminal && !globals.json) return;
  const problem = globals.json
    ? 'An archive cannot be printed as JSON.'
    : 'Refusing to write an archive to a terminal.';
  throw new UsageError(problem, 'Name a file with -o.');
}

async function printArchive({ output, signal }: Call, archive: Readable): Promise<void> {
  for await (const piece of archive) {
    if (output.closed.aborted || signal.aborted) return;
    await output.write(piece);
  }
}
