/** The repositories of a session, cloned into its workspace by the git of this host. */

import { isIP } from 'node:net';
import type { Principal } from '../core/access.ts';
import { LOOPBACK, Networks } from '../core/addresses.ts';
import type { ServerCore } from '../core/server-core.ts';
import { HttpRefusal } from '../http/refusal.ts';

/** What is to be cloned. */
export interface Repository {
  readonly url: string;
  readonly branch?: string | undefined;
}

/** For whom, and where. */
export interface CloneContext {
  readonly core: ServerCore;
  readonly principal: Principal;
  readonly project: string;
  readonly workspace: string;
  readonly session: string;
  /** Fires when the session is deleted. */
  readonly signal: AbortSignal;
}

const CLONE_TIMEOUT_MS = 600_000;
const MAX_ERROR_LENGTH = 2000;
/** Where machines of clouds keep their secrets. */
const LINK_LOCAL = new Networks(['169.254.0.0/16', 'fe80::/10']);

/**
 * Checks a repository.
 *
 * @param mayBeLocal - whether this machine's own addresses are allowed.
 * @throws {HttpRefusal} 400.
 */
export function checkRepository({ url, branch }: Repository, mayBeLocal: boolean): void {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !/^https?:$/.test(parsed.protocol) || parsed.hostname === '') {
    throw new HttpRefusal(400, `Repository URL must be http or https: ${JSON.stringify(url)}`);
  }
  if (parsed.username !== '' || parsed.password !== '') {
    throw new HttpRefusal(400, 'Repository URL must not have a user or password in it');
  }
  if (!mayBeLocal && isLocal(parsed.hostname.replace(/^\[|\]$/g, ''))) {
    throw new HttpRefusal(400, `Repository URL must not lead to this host: ${parsed.hostname}`);
  }
  if (branch !== undefined && !isBranch(branch)) {
    throw new HttpRefusal(400, `Invalid branch name: ${JSON.stringify(branch)}`);
  }
}

/**
 * Clones repositories into directories named after them.
 *
 * @throws {Error} with what git has said, at the first that cannot be cloned.
 */
export async function cloneRepositories(
  repositories: readonly Repository[],
  context: CloneContext,
): Promise<void> {
  const taken = new Set<string>();
  for (const repository of repositories) {
    const directory = freeName(directoryOf(repository.url), taken);
    await clone(repository, directory, context);
  }
}

async function clone(
  { url, branch }: Repository,
  directory: string,
  { core, principal, project, workspace, session, signal }: CloneContext,
): Promise<void> {
  const job = core.jobs.start({
    ...{ principal, project, workspace, kind: 'clone', name: directory, hasSnapshots: false },
    details: { surface: 'ambient', session },
    command: [
      ...['git', '-c', 'credential.helper=', '-c', 'core.hooksPath=/dev/null'],
      ...['clone', '--quiet', '--depth=1', '--no-recurse-submodules'],
      ...(branch === undefined ? [] : [`--branch=${branch}`]),
      ...['--', url, directory],
    ],
    // No other protocol, also not by a redirect, and nobody is there to answer questions.
    env: { GIT_ALLOW_PROTOCOL: 'http:https', GIT_TERMINAL_PROMPT: '0', GIT_CONFIG_NOSYSTEM: '1' },
    timeoutMs: CLONE_TIMEOUT_MS,
  });
  const cancel = (): void => job.cancel();
  signal.addEventListener('abort', cancel, { once: true });
  if (signal.aborted) cancel();
  const { row, stderr } = await job.ended;
  signal.removeEventListener('abort', cancel);
  if (row.state === 'succeeded') return;
  const reason = (stderr.trim() || row.error).slice(0, MAX_ERROR_LENGTH);
  throw new Error(`${url} could not be cloned: ${reason}`);
}

function isLocal(host: string): boolean {
  if (isIP(host) === 0) return host === 'localhost' || host.endsWith('.localhost');
  return LOOPBACK.has(host) || LINK_LOCAL.has(host) || /^(0\.0\.0\.0|::)$/.test(host);
}

/** What git would take as a name of a branch, but none that looks like an option. */
function isBranch(name: string): boolean {
  if (name.length > 255 || /^[-./]|[./]$|\.lock$/.test(name)) return false;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
  return name !== '' && !/[\u0000- \u007f~^:?*[\\]|\.\.|@\{|\/\//.test(name);
}

function directoryOf(url: string): string {
  const last = new URL(url).pathname.split('/').findLast((part) => part !== '') ?? '';
  const name = last.replace(/\.git$/i, '').replace(/[^A-Za-z0-9._-]/g, '-');
  return /^[.-]*$/.test(name) || name.startsWith('.') ? 'repository' : name.slice(0, 100);
}

function freeName(wanted: string, taken: Set<string>): string {
  let name = wanted;
  for (let number = 2; taken.has(name); number += 1) name = `${wanted}-${number}`;
  taken.add(name);
  return name;
}
