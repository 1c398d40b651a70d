/** The tools for processes that go on after a call, under the names that models know. */

import * as z from 'zod';
import { customTool, type Result, type Tool, toolOf } from './tool.ts';

const process = z.string().describe('The id that start_process has given.');

const MOST_SHOWN = 20;

/** Starting a process, reading and feeding it, and ending it. */
export const processTools = (): readonly Tool[] => [
  toolOf('process.start', {
    name: 'start_process',
    fields: ['workspace', 'command', 'workdir', 'env', 'timeoutMs'],
    text: (result) => `Started ${result['process']}.`,
  }),
  toolOf('process.output', { name: 'read_process_output', text: textOfOutput }),
  customTool('process.input', {
    name: 'interact_with_process',
    description: 'Sends text to the input of a process; read_process_output gives the answer.',
    input: z.strictObject({
      process,
      input: z.string().describe('A line end is added where there is none.'),
      end: z.boolean().default(false).describe('Says that nothing more will come.'),
    }),
    toInput: ({ input, ...rest }) => {
      const isLine = input === '' || input.endsWith('\n');
      return { ...rest, content: isLine ? input : `${input}\n` };
    },
    text: ({ process: id, bytes }) => `Sent ${bytes} bytes to ${id}.`,
  }),
  toolOf('process.stop', {
    name: 'force_terminate',
    fields: ['process'],
    text: textOfState,
  }),
];

function textOfOutput(result: Result): string {
  const { text, cursor, lost } = result;
  const before = lost === 0 ? [] : [`[${lost} characters before this are lost]`];
  return [...before, text, `[cursor ${cursor}; ${textOfState(result)}]`].join('\n');
}

function textOfState({ process: id, state, end, error }: Result): string {
  if (state === 'running') return `${id} is running`;
  const { message } = Object(error);
  return message === undefined ? `${id}: ${textOfEnd(Object(end))}` : `${id}: ${message}`;
}

/** How a command has ended and what it has changed, in words. */
export function textOfEnd(result: Result): string {
  const { exitCode, signal, timedOut, changeCount } = result;
  const end = exitCode === null ? `ended by ${signal}` : `exit status ${exitCode}`;
  const changes = Array.isArray(result['changes']) ? result['changes'] : [];
  const warnings = Array.isArray(result['warnings']) ? result['warnings'] : [];
  return [
    `[${timedOut === true ? 'time is up, ' : ''}${end}; ${changeCount} paths changed]`,
    ...changes.slice(0, MOST_SHOWN).map(({ type, path }) => `${type} ${path}`),
    ...(changes.length > MOST_SHOWN ? ['...'] : []),
    ...warnings.map(({ path, message }) => `warning: ${path === '' ? '' : `${path}: `}${message}`),
  ].join('\n');
}
