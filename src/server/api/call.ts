/** Calls an operation for a client over HTTP, at once or with its output while it comes. */

import { AgentFSError, actingAs } from '../../index.ts';
import { reportOf } from '../../operations/error-report.ts';
import type { Operation } from '../../operations/operation.ts';
import { callOperation, findOperation } from '../../operations/table.ts';
import { agentOf, reachesWorkspace } from '../core/access.ts';
import type { ApiClient } from './clients.ts';

/** The type of an answer that comes line by line. */
export const LINES = 'application/x-ndjson';

/**
 * The operation of a path.
 *
 * @throws {AgentFSError} ENOENT.
 */
export function operationNamed(name: string): Operation {
  const operation = findOperation(name);
  if (operation !== undefined) return operation;
  throw new AgentFSError('ENOENT', `There is no operation '${name}'.`, {
    hint: 'See /api/v1/openapi.json.',
  });
}

/**
 * Calls it. With `isStreamed`, the answer is lines of JSON: `{"output":...}` for each piece of output,
 * and at the end `{"result":...}` or `{"error":...}`.
 *
 * @throws what the operation throws, unless the answer has begun.
 */
export async function answerCall(
  client: ApiClient,
  operation: Operation,
  input: Readonly<Record<string, unknown>>,
  { isStreamed, signal }: { readonly isStreamed: boolean; readonly signal: AbortSignal },
): Promise<Response> {
  if (!isStreamed) return Response.json(await call(client, operation, input, { signal }));
  await client.gate(operation, input);
  return new Response(streamed(client, operation, input, signal), {
    headers: { 'Content-Type': LINES },
  });
}

interface CallOptions {
  readonly signal: AbortSignal;
  readonly onOutput?: (text: string) => Promise<void>;
}

async function call(
  { principal, project, holdings, gate }: ApiClient,
  operation: Operation,
  input: Readonly<Record<string, unknown>>,
  { signal, onOutput = async () => undefined }: CallOptions,
): Promise<unknown> {
  const context = { afs: project.afs, holdings, gate, readOnly: false, signal, onOutput };
  const result = await actingAs(agentOf(principal), () => callOperation(operation, context, input));
  if (operation.name !== 'workspace.list' || principal.workspaces.includes('*')) return result;
  const { workspaces, ...page } = { ...(result as { workspaces: readonly { name: string }[] }) };
  const reached = workspaces.filter(({ name }) => reachesWorkspace(principal, name));
  return { ...page, workspaces: reached, total: reached.length };
}

function streamed(
  client: ApiClient,
  operation: Operation,
  input: Readonly<Record<string, unknown>>,
  signal: AbortSignal,
): ReadableStream<Uint8Array> {
  const gone = new AbortController();
  let drained: () => void = () => undefined;
  return new ReadableStream<Uint8Array>({
    start: (controller) => {
      const send = (value: object): void => {
        if (!gone.signal.aborted) controller.enqueue(Buffer.from(`${JSON.stringify(value)}\n`));
      };
      // A client that reads slowly slows the command down.
      const onOutput = async (output: string): Promise<void> => {
        send({ output });
        if ((controller.desiredSize ?? 0) > 0) return;
        await new Promise<void>((resolve) => {
          drained = resolve;
        });
      };
      const either = AbortSignal.any([signal, gone.signal]);
      call(client, operation, input, { signal: either, onOutput })
        .then(
          (result) => send({ result }),
          (error: unknown) => send({ error: reportOf(error) }),
        )
        .finally(() => {
          if (!gone.signal.aborted) controller.close();
        });
    },
    pull: () => drained(),
    cancel: () => {
      gone.abort(new AgentFSError('ABORTED', 'The client has gone.'));
      drained();
    },
  });
}
