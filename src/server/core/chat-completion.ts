/** Asks a model behind an address that speaks the chat completions of OpenAI. */

import { HttpServer } from '../../neighbours/http.ts';
import type { WorkResult } from './job-request.ts';

/** Where the model is. */
export interface ChatEndpoint {
  /** Without `/v1/chat/completions`. */
  readonly url: string;
  readonly key: string | undefined;
  readonly model: string;
}

/** What is asked. */
export interface ChatRequest {
  readonly prompt: string;
  readonly system?: string | undefined;
  /** What was said before, the oldest first. */
  readonly history?: readonly ChatMessage[] | undefined;
}

/** Something that was said. */
export interface ChatMessage {
  readonly role: 'user' | 'assistant';
  readonly content: string;
}

const MAX_ERROR_LENGTH = 2000;

/** Asks, once; what goes wrong is in the result. */
export async function complete(
  endpoint: ChatEndpoint,
  request: ChatRequest,
  signal: AbortSignal,
): Promise<WorkResult> {
  const began = performance.now();
  const ended = await ask(endpoint, request, signal).catch((thrown: unknown) => ({
    error: thrown instanceof Error ? thrown.message : String(thrown),
  }));
  const {
    text = '',
    tokens,
    error = '',
  }: Partial<Completion> & { readonly error?: string } = ended;
  const timedOut = signal.aborted && signal.reason?.name === 'TimeoutError';
  return {
    stdout: text,
    stderr: error,
    error: timedOut ? 'timeout' : error,
    exitCode: error === '' ? 0 : 1,
    signal: null,
    timedOut,
    truncated: false,
    durationMs: performance.now() - began,
    ...(tokens !== undefined && { tokens }),
  };
}

interface Completion {
  readonly text: string;
  readonly tokens: number | undefined;
}

async function ask(
  { url, key, model }: ChatEndpoint,
  { prompt, system, history = [] }: ChatRequest,
  signal: AbortSignal,
): Promise<Completion> {
  const first = system === undefined ? [] : [{ role: 'system', content: system }];
  const messages = [...first, ...history, { role: 'user', content: prompt }];
  // Not by fetch, which gives up after five minutes, when models may still be thinking.
  const server = new HttpServer({
    baseUrl: url,
    headers: key === undefined ? {} : { Authorization: `Bearer ${key}` },
  });
  try {
    const json = { model, messages };
    const call = { method: 'POST', path: '/v1/chat/completions', json, signal } as const;
    const answer = await server.send(call);
    if (answer.status >= 300) {
      const said = answer.text.slice(0, MAX_ERROR_LENGTH);
      throw new Error(`The model answered ${answer.status}: ${said}`);
    }
    const { choices, usage }: CompletionBody = { ...Object(answer.json) };
    const text = choices?.[0]?.message?.content;
    if (typeof text !== 'string') throw new Error('The model answered without any text.');
    return { text, tokens: usage?.total_tokens };
  } finally {
    server.close();
  }
}

interface CompletionBody {
  readonly choices?: readonly { readonly message?: { readonly content?: unknown } }[];
  readonly usage?: { readonly total_tokens?: number };
}
