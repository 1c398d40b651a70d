/** A session of Ambient, and what it takes to ask for one. */

import { camelCased, isRecord } from '../http.ts';

/** A repository to clone into the session. */
export interface RepoHTTP {
  /** `http://` or `https://`. */
  readonly url: string;
  readonly branch?: string;
}

/** What the agent shall do. */
export interface CreateSessionRequest {
  /** 1 to 50,000 characters. */
  readonly task: string;
  /** Default: that of the platform. */
  readonly model?: string;
  readonly repos?: readonly RepoHTTP[];
}

/** Where a session stands. */
export const SessionStatus = {
  /** Made, and waiting to begin. */
  Pending: 'pending',
  /** The agent is at work. */
  Running: 'running',
  Completed: 'completed',
  Failed: 'failed',
} as const;

/** A session as the server sees it. */
export interface Session {
  readonly id: string;
  /** A {@link SessionStatus}; other words of newer servers come through. */
  readonly status: string;
  readonly task: string;
  readonly model?: string;
  /** RFC 3339, UTC. */
  readonly createdAt?: string;
  /** RFC 3339, UTC. */
  readonly completedAt?: string;
  readonly result?: string;
  readonly error?: string;
}

/** The sessions of a project. */
export interface SessionList {
  readonly items: readonly Session[];
  readonly total: number;
}

/** The answer to a new session. */
export interface CreatedSession {
  readonly id: string;
  readonly message: string;
}

const MAX_TASK_CHARACTERS: number = 50_000;

/** A session as it was sent: its times are spelled `createdAt` by some servers, `created_at` by others. */
export function sessionOf(json: unknown): Session {
  const { id, status, task, ...rest } = camelCased(isRecord(json) ? json : {});
  const known = {
    id: String(id ?? ''),
    status: String(status || 'pending'),
    task: String(task ?? ''),
  };
  return { ...rest, ...known };
}

/** A list as it was sent; `total` may be missing. */
export function sessionListOf(json: Readonly<Record<string, unknown>>): SessionList {
  const items = Array.isArray(json['items']) ? json['items'].map(sessionOf) : [];
  const { total } = json;
  return { items, total: typeof total === 'number' ? total : items.length };
}

/**
 * Checks a request before it is sent. Which models there are is for the server to say.
 *
 * @throws {TypeError} or {RangeError} that names the field.
 */
export function checkRequest(request: CreateSessionRequest): Record<string, unknown> {
  const { task, model, repos } = request;
  if (typeof task !== 'string') throw new TypeError('The task has to be a string.');
  if (task.trim() === '') throw new RangeError('The task is empty.');
  if (task.length > MAX_TASK_CHARACTERS) {
    throw new RangeError(`The task has more than ${MAX_TASK_CHARACTERS} characters.`);
  }
  if (model !== undefined && (typeof model !== 'string' || model.trim() === '')) {
    throw new RangeError('The model is empty; leave it out for the default of the platform.');
  }
  return {
    task,
    ...(model === undefined ? {} : { model }),
    ...(repos === undefined ? {} : { repos: repos.map(checkRepo) }),
  };
}

function checkRepo({ url, branch }: RepoHTTP): RepoHTTP {
  const isHttp = typeof url === 'string' && /^https?:\/\//i.test(url) && URL.canParse(url);
  if (!isHttp) throw new RangeError(`A repository has an http:// or https:// URL, not '${url}'.`);
  if (branch === undefined) return { url };
  if (branch.trim() === '') throw new RangeError(`The branch of ${url} is empty; leave it out.`);
  return { url, branch };
}

const NAME = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;

/**
 * Checks the name of a project, which is that of a Kubernetes namespace.
 *
 * @throws {TypeError} if it is no text; {RangeError} if it is no such name.
 */
export function checkProject(project: unknown): string {
  if (typeof project !== 'string') throw new TypeError('The project has to be a string.');
  if (project.length > 63 || !NAME.test(project)) {
    throw new RangeError(
      `The project '${project}' is no name: up to 63 lower-case letters, digits and hyphens, with a letter or digit at both ends.`,
    );
  }
  return project;
}
