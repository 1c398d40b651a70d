/** Asks a model behind an address that speaks the chat completions of OpenAI. */

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
  { prompt, system }: ChatRequest,
  signal: AbortSignal,
): Promise<Completion> {
  const user = { role: 'user', content: prompt };
  const messages = system === undefined ? [user] : [{ role: 'system', content: system }, user];
  const response = await fetch(`${url.replace(/\/+$/, '')}/v1/chat/completions`, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      ...(key !== undefined && { Authorization: `Bearer ${key}` }),
    },
    body: JSON.stringify({ model, messages }),
    signal,
  });
  const body = await response.text();
  if (!response.ok) {
    throw new Error(`The model answered ${response.status}: ${body.slice(0, MAX_ERROR_LENGTH)}`);
  }
  const { choices, usage }: CompletionBody = JSON.parse(body);
  const text = choices?.[0]?.message?.content;
  if (typeof text !== 'string') throw new Error('The model answered without any text.');
  return { text, tokens: usage?.total_tokens };
}

interface CompletionBody {
  readonly choices?: readonly { readonly message?: { readonly content?: unknown } }[];
  readonly usage?: { readonly total_tokens?: number };
}
