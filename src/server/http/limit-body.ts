/** Bounds the body of a request, whatever its header says of it. */

import type { IncomingMessage } from 'node:http';
import { AgentFSError } from '../../index.ts';

/**
 * The request, whose body fails once it is longer than allowed.
 *
 * @throws {AgentFSError} EFBIG when the header says already that it is.
 */
export function limitBody(request: Request, { headers }: IncomingMessage, most: number): Request {
  const length = headers['content-length'];
  if (length !== undefined) {
    // Node reads no more than that.
    if (Number(length) <= most) return request;
    throw tooLong(most);
  }
  const { body } = request;
  if (headers['transfer-encoding'] === undefined || body === null) return request;
  let taken = 0;
  const bounded = body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        taken += chunk.byteLength;
        if (taken > most) controller.error(tooLong(most));
        else controller.enqueue(chunk);
      },
    }),
  );
  const { url, method, headers: sent, signal } = request;
  const shared = { method, headers: sent, signal };
  const init: RequestInit & { readonly duplex: 'half' } = {
    ...shared,
    body: bounded,
    duplex: 'half',
  };
  return new Request(url, init);
}

function tooLong(most: number): AgentFSError {
  return new AgentFSError('EFBIG', `The body of a request has at most ${most} bytes.`, {
    hint: 'Send it in parts.',
    details: { maxBytes: most },
  });
}
