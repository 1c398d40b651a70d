/** `agentfs watch`: what changes in a workspace, as it happens, whoever does it. */

import type { ChangeNotice } from '../../index.ts';
import type { Call } from '../call.ts';
import { changeLines } from '../change-lines.ts';
import { parseCount } from '../humane.ts';
import type { Style } from '../output.ts';
import { addExamples, type Verb } from '../verb.ts';
import { addWorkspace, type WorkspaceOption } from '../workspace-option.ts';

interface WatchFlags extends WorkspaceOption {
  readonly count?: string;
}

// Longer than any timer can be; the watch itself keeps no process alive.
const FOREVER_MS = 2 ** 31 - 1;

/** Prints changes until Ctrl-C. */
export const verb: Verb = {
  define(command) {
    addWorkspace(command.argument('[workspace]', 'the same as -w'))
      .option('--count <n>', 'end after so many changes')
      .addHelpText(
        'after',
        '\nWith --json, each change is a line: {"time", "type", "path", "from", "source"}.',
      );
    addExamples(
      command,
      ['agentfs watch agent-1', 'look over the shoulder of an agent'],
      ['agentfs watch agent-1 --json --count 1', 'wait for the next change'],
    );
  },
  async run(call, command) {
    const flags = command.opts<WatchFlags>();
    const wanted =
      flags.count === undefined ? Number.POSITIVE_INFINITY : parseCount(flags.count, '--count');
    const workspace = await call.workspace(command.args[0], flags.workspace);
    const signal = AbortSignal.any([call.signal, call.output.closed]);
    const watch = workspace.watch({ processes: 'all', signal });
    const alive = setInterval(() => undefined, FOREVER_MS);
    try {
      await watch.ready;
      call.output.say(`Watching workspace ${workspace.name}; Ctrl-C ends it.`);
      await printChanges(call, watch, wanted);
    } finally {
      clearInterval(alive);
      await watch.close();
    }
    if (call.signal.aborted) return call.interrupts.happened;
  },
};

async function printChanges(
  { output, globals }: Call,
  changes: AsyncIterable<ChangeNotice>,
  wanted: number,
): Promise<void> {
  let shown = 0;
  for await (const change of changes) {
    const time = new Date();
    if (globals.json) await output.json({ time, ...change }, 0);
    else await output.print(lineOf(change, time, output.style));
    shown += 1;
    if (shown === wanted) return;
  }
}

function lineOf({ source, ...change }: ChangeNotice, time: Date, style: Style): string {
  const clock = style.dim(time.toTimeString().slice(0, 8));
  // More has happened than could be remembered.
  if (change.path === '') return `${clock} ? anything may have changed`;
  const where = source === 'directory' ? style.dim(' (in its directory, not stored yet)') : '';
  return `${clock} ${changeLines([change], style).join('')}${where}`;
}
