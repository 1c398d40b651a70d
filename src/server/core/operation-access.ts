/** What a principal may do through the table of operations, and how the core makes way for it. */

import { AgentFSError } from '../../index.ts';
import type { Operation } from '../../operations/operation.ts';
import type { Gate } from '../../operations/table.ts';
import { type Principal, requireScope, requireWorkspace, type Scope } from './access.ts';
import { confinementOf, loosens } from './confinement.ts';
import type { Project } from './project.ts';
import type { ServerCore } from './server-core.ts';

/** An operation, or what is like one. */
type Called = Pick<Operation, 'name' | 'effect'>;

/** Nouns whose operations run commands. */
const RUNNING: ReadonlySet<string> = new Set(['command', 'process', 'session', 'explore']);
/** Nouns whose operations are about the whole store, or send it somewhere. */
const CARING: ReadonlySet<string> = new Set(['store', 'storage', 'sync']);
/** Fields that name a workspace. */
const WORKSPACE_FIELDS = ['workspace', 'source', 'fromWorkspace'] as const;
/** Operations without a workspace that a principal of some workspaces may use all the same. */
const OF_THE_CLIENT =
  /^(workspace\.list|process\.(output|input|stop|list)|session\.(run|checkpoint|close)|watch\.(read|close))$/;

/**
 * Makes sure that a principal may call an operation.
 *
 * @throws {AgentFSError} PERMISSION_DENIED.
 */
function requireOperation(principal: Principal, operation: Called, input: object): void {
  requireScope(principal, scopeOf(operation));
  if (!principal.workspaces.includes('*')) requireReach(principal, operation, { ...input });
}

/**
 * What a door calls before an operation: checks the principal, and takes what commands have changed
 * into the workspace, or makes way for what would have to wait.
 */
export function gateFor({ sessions }: ServerCore, project: Project, principal: Principal): Gate {
  return async (operation, given) => {
    const input: Record<string, unknown> = { ...Object(given) };
    requireOperation(principal, operation, input);
    await requireConfinement(principal, project, operation, input);
    const needsFiles = operation.effect === 'read' || /^(file|stream)\./.test(operation.name);
    for (const workspace of workspacesIn(input)) {
      if (needsFiles) await sessions.settle(project, workspace);
      else await sessions.release(project, workspace);
    }
  };
}

/** What is needed for an operation. */
export function scopeOf({ name, effect }: Called): Scope {
  const [noun = ''] = name.split('.');
  if (effect === 'read') return 'read';
  if (RUNNING.has(noun)) return 'run';
  return CARING.has(noun) ? 'admin' : 'write';
}

/** A command that is kept from less may do more of what the daemon may. */
async function requireConfinement(
  principal: Principal,
  project: Project,
  { name }: Called,
  input: Readonly<Record<string, unknown>>,
): Promise<void> {
  if (input['sandbox'] === undefined && input['limits'] === undefined) return;
  const { workspace } = input;
  const inForce = await confinementOf(
    project,
    typeof workspace === 'string' ? workspace : undefined,
  );
  if (loosens(inForce, input, name === 'workspace.update')) requireScope(principal, 'admin');
}

function requireReach(
  principal: Principal,
  { name }: Called,
  input: Readonly<Record<string, unknown>>,
): void {
  const named = workspacesIn(input);
  if (name === 'workspace.create') named.push(String(input['name'] ?? ''));
  if (name === 'workspace.update' && typeof input['name'] === 'string') named.push(input['name']);
  if (name === 'explore.run' || (named.length === 0 && !OF_THE_CLIENT.test(name))) {
    const text = `${name} is about all workspaces, and '${principal.name}' is not for all.`;
    throw new AgentFSError('PERMISSION_DENIED', text, {
      hint: 'Name one of its workspaces, or use a token without --workspace.',
    });
  }
  for (const workspace of named) requireWorkspace(principal, workspace);
}

/** The workspaces that an input names; a reference such as `agent-1/done` names one, too. */
function workspacesIn(input: Readonly<Record<string, unknown>>): string[] {
  const { workspaces, fromSnapshot, against, base } = input;
  const references = [fromSnapshot, against, base].filter((each) => each !== 'base');
  return [
    ...WORKSPACE_FIELDS.map((field) => input[field]),
    ...(Array.isArray(workspaces) ? workspaces : []),
    ...references.map((each) => (typeof each === 'string' ? each.split('/')[0] : undefined)),
  ].filter((each) => typeof each === 'string');
}
