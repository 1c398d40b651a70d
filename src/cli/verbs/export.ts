/** `agentfs export`: a workspace or a snapshot as a tar archive. */

import { resolve } from 'node:path';
import type { Readable } from 'node:stream';
import type { Call } from '../call.ts';
import { saveFile } from '../save-file.ts';
import { UsageError } from '../usage-error.ts';
import { addExamples, type Verb } from '../verb.ts';
import { addWorkspace, type WorkspaceOption } from '../workspace-option.ts';

interface ExportFlags extends WorkspaceOption {
  readonly output?: string;
  readonly gzip?: boolean;
}

/** Writes the archive. */
export const verb: Verb = {
  define(command) {
    addWorkspace(command.argument('[source]', 'a workspace, or workspace/snapshot'))
      .option('-o, --output <file>', 'where to; default standard output, which must be no terminal')
      .option('--gzip', 'compress it; the default for files that end in .gz or .tgz');
    addExamples(
      command,
      ['agentfs export agent-1 -o agent-1.tar.gz', 'keep a workspace, or take it elsewhere'],
      ['agentfs export agent-1/before -o before.tar', 'a snapshot of it'],
      ['agentfs export agent-1 | tar -tv', 'see what is in it'],
    );
  },
  async run(call, command) {
    const flags = command.opts<ExportFlags>();
    const file = flags.output === '-' ? undefined : flags.output;
    if (file === undefined) requirePipe(call);
    const { name, snapshot } = parseSource(command.args[0]);
    const workspace = await call.workspace(name, flags.workspace);
    const gzip = flags.gzip ?? /\.t?gz$/.test(file ?? '');
    const archive = workspace.exportTar({ snapshot, gzip });
    if (file === undefined) return printArchive(call, archive);
    const path = resolve(call.cwd, file);
    const bytes = await saveFile(path, archive, call.signal);
    const what = { workspace: workspace.name, snapshot: snapshot ?? null, path, bytes };
    if (call.globals.json) return call.output.json(what);
    call.output.say(`Exported ${command.args[0] ?? workspace.name} to ${file}.`);
  },
};

function requirePipe({ output, globals }: Call): void {
  if (!output.isTerminal && !globals.json) return;
  const where = globals.json ? 'JSON' : 'a terminal';
  throw new UsageError(`An archive is nothing for ${where}.`, 'Name a file with -o.');
}

async function printArchive({ output, signal }: Call, archive: Readable): Promise<void> {
  for await (const piece of archive) {
    if (output.closed.aborted || signal.aborted) return;
    await output.write(piece);
  }
}

function parseSource(source: string | undefined): { name?: string; snapshot?: string } {
  if (source === undefined) return {};
  const slash = source.indexOf('/');
  if (slash < 0) return { name: source };
  return { name: source.slice(0, slash), snapshot: source.slice(slash + 1) };
}
