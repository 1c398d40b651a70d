/** What clients of Ambient are told when something cannot be done: `error`, and nothing else. */

import type { ErrorAnswer } from '../http/open-http.ts';
import { refusalOf } from '../http/refusal.ts';
import { headersOf } from '../http/status.ts';

/** Where the protocol has words of its own. */
const WORDS: Readonly<Record<number, string>> = {
  401: 'Missing or invalid authorization',
  429: 'Rate limit exceeded',
};

/** An error as an answer. */
export function answerOf(error: unknown): ErrorAnswer {
  const { status, message } = refusalOf(error);
  const retry = status === 429 ? { retry_after: `${headersOf(error)['Retry-After']}s` } : {};
  return { status, body: { error: WORDS[status] ?? message, ...retry } };
}
