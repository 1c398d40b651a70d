/** `agentfs watch`: prints changes to a workspace as they happen, until Ctrl-C. */

import type { ChangeNotice } from '../../index.ts';
import type { Call } from '../call.ts';
import { COUNT } from '../options/quantities.ts';
import type { Style } from '../output.ts';
import { changeLines } from '../print/change-lines.ts';
import { defineVerb, type Verb } from './define-verb.ts';

// Longer than any timer can be; the watch itself keeps no process alive.
const FOREVER_MS = 2 ** 31 - 1;

export const verb: Verb = defineVerb<{ readonly count?: number }>({
  workspace: true,
  options: [['--count <n>', 'stop after this many changes', COUNT]],
  notes:
    'What a command changes comes in when it ends, in directories also before.\n' +
    'With --json, each change is a line: {"time", "type", "path", "from", "source"}.',
  examples: [
    ['agentfs watch agent-1', 'follow the work of an agent'],
    ['agentfs watch agent-1 --json --count 1', 'wait for the next change'],
  ],
  async run({ call, workspace, flags: { count = Number.POSITIVE_INFINITY } }) {
    const signal = AbortSignal.any([call.signal, call.output.closed]);
    const watch = workspace.watch({ processes: 'all', signal });
    const alive = setInterval(() => undefined, FOREVER_MS);
    try {
      await watch.ready;
      call.output.say(`Watching workspace ${workspace.name}. Press Ctrl-C to stop.`);
      await printChanges(call, watch, count);
    } finally {
      clearInterval(alive);
      await watch.close();
    }
    if (call.signal.aborted) return call.interrupts.happened;
  },
});

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
