/** The calls of Ambient: what its clients send is read, and answered in its words. */

import { type Context, Hono } from 'hono';
import * as z from 'zod';
import { type Principal, requireScope, type Scope } from '../core/access.ts';
import { RateLimit } from '../core/limits.ts';
import type { ServerCore } from '../core/server-core.ts';
import { AmbientRefusal, answerError, isUnexpected } from './answers.ts';
import { checkRepository } from './repositories.ts';
import type { AmbientSession, AmbientSessions } from './sessions.ts';

/** Who asks, as far as the connection tells. */
export interface Caller {
  /** Where the request comes from. */
  readonly addressOf: (c: Context) => string;
  /** @throws {AgentFSError} UNAUTHENTICATED, PERMISSION_DENIED. */
  readonly authenticate: (c: Context, token: string | undefined) => Principal;
}

/** What the app works with. */
export interface AmbientParts {
  readonly core: ServerCore;
  readonly sessions: AmbientSessions;
  readonly caller: Caller;
  /** Whether repositories may be on this machine. */
  readonly mayBeLocal: boolean;
}

const PER_SECOND = 100;
const BURST = 200;
const NAME = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const NO_PROJECT =
  'Project required. Set X-Ambient-Project header or use a project-scoped access key.';

const REPO = z.object({ url: z.string().max(2048), branch: z.string().optional() });
const BODY = z.object({
  task: z
    .string()
    .max(50_000)
    .refine((text) => text.trim() !== '', 'is empty'),
  model: z.string().min(1).max(128).optional(),
  repos: z.array(REPO).max(20).nullish(),
});

/** The app of the surface. */
export function ambientApp({ core, sessions, caller, mayBeLocal }: AmbientParts): Hono {
  const app = new Hono();
  const rate = new RateLimit({ perSecond: PER_SECOND, burst: BURST });
  const enter = (c: Context, scope: Scope): { principal: Principal; namespace: string } => {
    const principal = caller.authenticate(c, tokenOf(c));
    const namespace = namespaceOf(c, principal);
    requireScope(principal, scope);
    return { principal, namespace };
  };
  app.onError((error, c) => {
    if (isUnexpected(error)) core.logger.error('A request failed.', { path: c.req.path, error });
    return answerError(error, c);
  });
  app.notFound((c) => answerError(new AmbientRefusal(404, 'Not found'), c));
  app.use(async (c, next) => {
    rate.take(caller.addressOf(c));
    await next();
  });
  app.get('/health', (c) => c.json({ status: 'ok' }));
  app.get('/ready', (c) => {
    const isReady = !core.stopping.aborted;
    return c.json({ status: isReady ? 'ready' : 'stopping' }, isReady ? 200 : 503);
  });
  app.post('/v1/sessions', async (c) => {
    const { principal, namespace } = enter(c, 'run');
    const { task, model, repos } = BODY.parse(await jsonOf(c));
    for (const repo of repos ?? []) checkRepository(repo, mayBeLocal);
    const { id } = sessions.create(principal, namespace, { task, model, repos: repos ?? [] });
    return c.json({ id, message: 'Session created' }, 201);
  });
  app.get('/v1/sessions', (c) => {
    const items = sessions.list(enter(c, 'read').namespace).map(rowOf);
    return c.json({ items, total: items.length });
  });
  app.get('/v1/sessions/:id', (c) => {
    const { namespace } = enter(c, 'read');
    return c.json(rowOf(sessions.get(namespace, idOf(c.req.param('id')))));
  });
  app.delete('/v1/sessions/:id', async (c) => {
    const { namespace } = enter(c, 'write');
    await sessions.delete(sessions.get(namespace, idOf(c.req.param('id'))));
    return c.body(null, 204);
  });
  return app;
}

async function jsonOf(c: Context): Promise<unknown> {
  const text = await c.req.text();
  try {
    return JSON.parse(text);
  } catch {
    throw new AmbientRefusal(400, 'Invalid request body: not JSON');
  }
}

/** Proxies hand a token on in a header of its own. */
function tokenOf(c: Context): string | undefined {
  const [, bearer] = /^Bearer +(\S+)$/i.exec(c.req.header('Authorization') ?? '') ?? [];
  return bearer ?? c.req.header('X-Forwarded-Access-Token');
}

/** A token that is for one project needs no header, and no other project helps. */
function namespaceOf(c: Context, { project }: Principal): string {
  const named = c.req.header('X-Ambient-Project') ?? '';
  const meant = named || project;
  if (meant === '' || (project !== '' && meant !== project))
    throw new AmbientRefusal(400, NO_PROJECT);
  // The project of a token was named by whoever has made it.
  if (meant !== project && !isName(meant)) throw new AmbientRefusal(400, 'Invalid project name');
  return meant;
}

function idOf(id: string): string {
  if (isName(id)) return id;
  throw new AmbientRefusal(400, 'Invalid session ID');
}

function isName(text: string): boolean {
  return text.length <= 63 && NAME.test(text);
}

/** What is empty is left out. */
function rowOf(session: AmbientSession): Record<string, unknown> {
  const { id, status, task, model, createdAt, completedAt, result, error } = session;
  return {
    ...{ id, status, task },
    ...(model !== null && { model }),
    createdAt: new Date(createdAt).toISOString(),
    ...(completedAt !== null && { completedAt: new Date(completedAt).toISOString() }),
    ...(result !== '' && { result }),
    ...(error !== '' && { error }),
  };
}
