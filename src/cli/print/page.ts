/** Long text: through the pager on a terminal that it does not fit, else as it is. */

import { once } from 'node:events';
import { startProgram } from '../../primitives/start-program.ts';
import type { Call } from '../call.ts';

/** Prints text of many lines, without anything hidden but styles of this program. */
export async function printLong(call: Call, text: string): Promise<void> {
  const { output, globals } = call;
  const pager = (await call.open()).config.get('ui.pager').trim();
  const fits = text.split('\n').length <= output.height;
  if (!output.isTerminal || !globals.pager || pager === '' || fits) return output.write(text);
  // As git does it: colours go through, what was shown stays on the screen.
  const env = { LESS: 'FRX', LESSCHARSET: 'utf-8', ...call.env };
  const child = startProgram(pager, [], {
    shell: true,
    stdio: ['pipe', 'inherit', 'inherit'],
    env,
  });
  const ended = once(child, 'close');
  // Quitting the pager means having seen enough.
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(text);
  await call.interrupts.leavingKeysToCommand(async () => {
    const [status] = await ended;
    if (status === 127) await output.write(text);
  });
}
