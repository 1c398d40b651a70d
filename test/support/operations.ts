/** Calls operations as a door does, and holds what they give against what the table says. */

import { onTestFinished } from 'vitest';
import type { AgentFS } from '../../src/index.ts';
import { reportOf } from '../../src/operations/error-report.ts';
import { Holdings } from '../../src/operations/holdings.ts';
import { callOperation, findOperation } from '../../src/operations/table.ts';

/** Calls one operation; what it gives has been through JSON. */
export type CallOperation = (name: string, input?: unknown) => Promise<Record<string, unknown>>;

/** How the operations of one AgentFS are called. */
export function operationsOf(
  afs: AgentFS,
  { signal = new AbortController().signal }: { readonly signal?: AbortSignal } = {},
): CallOperation {
  const holdings = new Holdings();
  onTestFinished(() => holdings.end());
  return async (name, input = {}) => {
    const operation = findOperation(name);
    if (operation === undefined) throw new Error(`There is no operation ${name}.`);
    const context = { afs, holdings, signal, readOnly: false, onOutput: async () => undefined };
    const result: unknown = JSON.parse(
      JSON.stringify(await callOperation(operation, context, input)),
    );
    operation.output.parse(result);
    return { ...Object(result) };
  };
}

/** How the call fails, as doors tell it. */
export async function failureOf(call: Promise<unknown>): Promise<ReturnType<typeof reportOf>> {
  try {
    await call;
  } catch (error) {
    return reportOf(error);
  }
  throw new Error('The call has not failed.');
}
