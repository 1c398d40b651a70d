/** Fields that kernels of different age name differently. */

import type { AgentMessage, CloveEvent } from './replies.ts';
import { camelFields } from './wire-names.ts';

/** A message; the number of its sender is `from` or `from_id`. */
export function messageOf(wire: object): AgentMessage {
  const fields = camelFields(wire);
  return {
    from: numberIn(fields, 'from') ?? numberIn(fields, 'fromId') ?? 0,
    fromName: typeof fields['fromName'] === 'string' ? fields['fromName'] : '',
    message: fields['message'],
    ageMs: numberIn(fields, 'ageMs') ?? 0,
  };
}

/** An event; it has its age, or the time at which it happened. */
export function eventOf(wire: object, now: number): CloveEvent {
  const fields = camelFields(wire);
  const timestamp = numberIn(fields, 'timestamp');
  return {
    type: (fields['type'] ?? fields['event'] ?? fields['eventType']) as CloveEvent['type'],
    data: fields['data'],
    sourceAgentId: numberIn(fields, 'sourceAgentId') ?? 0,
    ageMs:
      numberIn(fields, 'ageMs') ?? (timestamp === undefined ? 0 : Math.max(0, now - timestamp)),
  };
}

function numberIn(fields: Readonly<Record<string, unknown>>, name: string): number | undefined {
  const value = fields[name];
  return typeof value === 'number' ? value : undefined;
}
