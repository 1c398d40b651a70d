/** Prompts: what a person picks from a menu, with the state of a workspace filled in. */

import { ProtocolError, ProtocolErrorCode, type Server } from '@modelcontextprotocol/server';
import { AgentFSError } from '../index.ts';
import { reportOf } from '../operations/error-report.ts';
import type { McpOptions } from './mcp-options.ts';
import { callNamed, type NamedCall } from './named-call.ts';

/** A prompt: what it is called, and what it says about a workspace. */
interface Prompt {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly textFor: (call: NamedCall, workspace: string) => Promise<string>;
}

const PROMPTS: readonly Prompt[] = [
  {
    name: 'review_workspace',
    title: 'Review a workspace',
    description: 'Looks at what a workspace has changed before it is committed.',
    textFor: async (call, workspace) => {
      const { text } = await call('workspace.diff', { workspace });
      return `Review what workspace '${workspace}' has changed. Say what is wrong or risky first, \
with file and line, then what is missing, such as tests. Change nothing.\n\n${text}`;
    },
  },
  {
    name: 'explain_conflict',
    title: 'Explain a conflict',
    description: 'Says how a workspace and the project disagree, and how to settle it.',
    textFor: async (call, workspace) => {
      const { conflicts } = await call('workspace.status', { workspace, refresh: true });
      const { text } = await call('workspace.diff', { workspace, against: 'base' });
      const paths =
        Array.isArray(conflicts) && conflicts.length > 0 ? conflicts.join(', ') : 'none';
      return `Workspace '${workspace}' and the project have both changed these paths, in ways that \
cannot be merged: ${paths}. Explain what each side wanted, and propose a text for each path that \
keeps both. What the workspace has that the project has not:\n\n${text}`;
    },
  },
];

/** Adds the prompts to a server. */
export function addPrompts(server: Server, options: McpOptions): void {
  const { workspace: only, currentWorkspace, open } = options;
  const call = callNamed(options);
  const field = { name: 'workspace', description: 'Name of the workspace.' };
  server.setRequestHandler('prompts/list', () => ({
    prompts: PROMPTS.map(({ name, title, description }) => {
      return { name, title, description, arguments: only === undefined ? [field] : [] };
    }),
  }));
  server.setRequestHandler('prompts/get', async ({ params }) => {
    const prompt = PROMPTS.find(({ name }) => name === params.name);
    if (prompt === undefined) {
      const problem = `There is no prompt '${params.name}'.`;
      throw new ProtocolError(ProtocolErrorCode.InvalidParams, problem);
    }
    try {
      const named = params.arguments?.['workspace'] ?? only;
      const workspace = named ?? currentWorkspace(await open());
      if (workspace === undefined) throw new AgentFSError('INVALID_ARGUMENT', NO_WORKSPACE);
      const text = await prompt.textFor(call, workspace);
      const { description } = prompt;
      return { description, messages: [{ role: 'user', content: { type: 'text', text } }] };
    } catch (error) {
      const { code, message, hint } = reportOf(error);
      throw new ProtocolError(ProtocolErrorCode.InvalidParams, message, { code, hint });
    }
  });
}

const NO_WORKSPACE = 'Name a workspace.';
