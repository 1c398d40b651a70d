/** What an agent has answered: read from what a program has printed. */

/** One thing that an agent has said or done. */
export type AgentEvent =
  | { readonly type: 'text'; readonly content: string }
  | { readonly type: 'thinking'; readonly content: string }
  | {
      readonly type: 'tool_call';
      readonly name: string;
      readonly args: unknown;
      readonly result: unknown;
    };

/**
 * The events in the output of a program: lines of JSON, each an event, or else plain text, which is
 * one event. Texts that follow each other are put together.
 */
export function readEvents(output: string): AgentEvent[] {
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  const events = lines.map(readEvent);
  const isEvents = events.length > 0 && events.every((event) => event !== undefined);
  if (isEvents) return merged(events.filter((event) => event !== undefined));
  const content = output.replace(/\r?\n$/, '');
  return content === '' ? [] : [{ type: 'text', content }];
}

/** The texts of events as one. */
export function textOf(events: readonly AgentEvent[]): string {
  return events.map((event) => (event.type === 'text' ? event.content : '')).join('');
}

function readEvent(line: string): AgentEvent | undefined {
  if (!line.startsWith('{')) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  const { type, content, name, args, result }: Record<string, unknown> = { ...Object(value) };
  if ((type === 'text' || type === 'thinking') && typeof content === 'string') {
    return { type, content };
  }
  if (type !== 'tool_call' || typeof name !== 'string') return undefined;
  return { type, name, args: args ?? {}, result: result ?? null };
}

function merged(events: readonly AgentEvent[]): AgentEvent[] {
  const result: AgentEvent[] = [];
  for (const event of events) {
    const last = result.at(-1);
    if (event.type === 'text' && last?.type === 'text') {
      result[result.length - 1] = { type: 'text', content: last.content + event.content };
    } else {
      result.push(event);
    }
  }
  return result;
}
