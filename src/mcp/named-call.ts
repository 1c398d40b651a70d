/** Calls operations that only read, for what a server offers besides tools. */

import { AgentFSError } from '../index.ts';
import { callOperation, findOperation } from '../operations/table.ts';
import type { McpOptions } from './mcp-options.ts';
import type { Result } from './tool.ts';

/** Calls an operation by its name. */
export type NamedCall = (operation: string, input: object) => Promise<Result>;

/**
 * How the operations that read are called; a server for one workspace shows no other.
 *
 * @throws what the operation throws; {AgentFSError} WORKSPACE_NOT_FOUND for another workspace.
 */
export function callNamed({ open, holdings, gate, workspace: only }: McpOptions): NamedCall {
  const context = {
    holdings,
    gate,
    readOnly: true,
    signal: new AbortController().signal,
    onOutput: async () => undefined,
  };
  return async (name, input) => {
    const operation = findOperation(name);
    if (operation === undefined) throw new Error(`There is no operation ${name}.`);
    const { workspace }: { readonly workspace?: unknown } = input;
    if (only !== undefined && workspace !== undefined && workspace !== only) {
      throw new AgentFSError(
        'WORKSPACE_NOT_FOUND',
        `This server is for workspace '${only}' alone.`,
      );
    }
    return JSON.parse(
      JSON.stringify(await callOperation(operation, { ...context, afs: await open() }, input)),
    );
  };
}
