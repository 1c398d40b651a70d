/** What a principal may do: scopes, and the workspaces and the project that it reaches. */

import { AgentFSError } from '../../index.ts';
import { compileGlobs } from '../../primitives/glob.ts';
import type { TreePath } from '../../primitives/path.ts';
import type { PrincipalRow } from '../../store/principals.ts';

/** Whom the daemon works for. */
export type Principal = PrincipalRow;

/**
 * What a token allows. `read` looks, `write` changes workspaces and commits, `run` starts commands
 * and agents, `admin` looks after tokens and the store.
 */
export type Scope = 'read' | 'write' | 'run' | 'admin';

/** The name under which what a principal does is on record; undefined for the owner. */
export function agentOf({ id, name }: Principal): string | undefined {
  return id === 0 ? undefined : name || `agent-${id}`;
}

/** All scopes, the least first. */
export const SCOPES: readonly Scope[] = ['read', 'write', 'run', 'admin'];

/** The user who has started the daemon, for doors that only this user reaches. */
export const OWNER: Principal = {
  id: 0,
  name: 'owner',
  role: 'admin',
  tokenHash: null,
  scopes: SCOPES,
  workspaces: ['*'],
  project: '',
  ipCidrs: [],
  permissions: {},
  workspace: '',
  createdAt: 0,
  lastUsedAt: null,
  expiresAt: null,
  enabled: true,
};

/**
 * Makes sure that a principal may do something.
 *
 * @throws {AgentFSError} PERMISSION_DENIED, with the scope that is missing.
 */
export function requireScope({ name, scopes }: Principal, scope: Scope): void {
  if (scopes.includes(scope)) return;
  throw new AgentFSError('PERMISSION_DENIED', `'${name}' may not ${WORDS[scope]}.`, {
    hint: `Use a token with the scope ${scope}: agentfs token create NAME --scope ${scope}.`,
    details: { scope },
  });
}

/**
 * Makes sure that a principal may do what is about the whole daemon, such as making tokens: one that
 * is bound to a project or to workspaces would make itself one that is not.
 *
 * @throws {AgentFSError} PERMISSION_DENIED.
 */
export function requireDaemonAdmin(principal: Principal): void {
  requireScope(principal, 'admin');
  const { name, project, workspaces } = principal;
  if (project === '' && workspaces.includes('*')) return;
  throw new AgentFSError('PERMISSION_DENIED', `'${name}' is not for the whole daemon.`, {
    hint: 'Use a token of role admin without --project and --workspace.',
  });
}

/** Whether a principal reaches a workspace of a project. */
export function reaches(
  principal: Principal,
  { project, workspace }: { readonly project: unknown; readonly workspace: unknown },
): boolean {
  if (principal.project !== '' && project !== principal.project) return false;
  if (principal.workspaces.includes('*')) return true;
  return typeof workspace === 'string' && reachesWorkspace(principal, workspace);
}

/** Whether a principal reaches a workspace of this name, in the projects that it is for. */
export function reachesWorkspace({ workspaces }: Principal, workspace: string): boolean {
  if (workspaces.includes('*')) return true;
  return compileGlobs(workspaces, 'workspaces')(workspace as TreePath);
}

/**
 * Makes sure that a principal reaches a workspace.
 *
 * @throws {AgentFSError} PERMISSION_DENIED; whether there is such a workspace is not said.
 */
export function requireWorkspace(principal: Principal, workspace: string): void {
  if (reachesWorkspace(principal, workspace)) return;
  const text = `'${principal.name}' does not reach the workspace '${workspace}'.`;
  throw new AgentFSError('PERMISSION_DENIED', text, {
    hint: `Its token is for ${principal.workspaces.join(', ') || 'no workspace'}.`,
    details: { workspace },
  });
}

const WORDS: Readonly<Record<Scope, string>> = {
  read: 'read',
  write: 'change anything',
  run: 'run commands',
  admin: 'administer the daemon',
};
