/** The calls of Ambient: what its clients send is read, and answered in its words. */

import { type Context, Hono } from 'hono';
import * as z from 'zod';
import { type Principal, requireScope, type Scope } from '../core/access.ts';
import { type Rate, RateLimit } from '../core/limits.ts';
import type { ServerCore } from '../core/server-core.ts';
import { HttpRefusal } from '../http/refusal.ts';
import {
  addressOf,
  bearerOf,
  type HttpEnv,
  principalOf,
  readJson,
  rethrow,
} from '../http/request.ts';
import { checkRepository } from './repositories.ts';
import type { AmbientSession, AmbientSessions } from './sessions.ts';

interface Env {
  Bindings: HttpEnv;
}

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

/** What the app allows. */
export interface AmbientBounds {
  /** Requests of one address. */
  readonly rate: Rate;
  /** Whether repositories may be on this machine. */
  readonly mayBeLocal: boolean;
}

/** The app of the surface. */
export function ambientApp(
  core: ServerCore,
  sessions: AmbientSessions,
  bounds: AmbientBounds,
): Hono<Env> {
  const app = new Hono<Env>();
  const rate = new RateLimit(bounds.rate);
  const enter = (c: Context<Env>, scope: Scope): { principal: Principal; namespace: string } => {
    const principal = principalOf(core, c.req.raw, c.env, tokenOf(c));
    const namespace = namespaceOf(c, principal);
    requireScope(principal, scope);
    return { principal, namespace };
  };
  app.onError(rethrow);
  app.notFound(() => {
    throw new HttpRefusal(404, 'Not found');
  });
  app.use(async (c, next) => {
    rate.take(addressOf(c.env));
    await next();
  });
  app.get('/health', (c) => c.json({ status: 'ok' }));
  app.get('/ready', (c) => {
    const isReady = !core.stopping.aborted;
    return c.json({ status: isReady ? 'ready' : 'stopping' }, isReady ? 200 : 503);
  });
  app.post('/v1/sessions', async (c) => {
    const { principal, namespace } = enter(c, 'run');
    const { task, model, repos } = BODY.parse(await readJson(c.req.raw));
    for (const repo of repos ?? []) checkRepository(repo, bounds.mayBeLocal);
    const { id } = sessions.create(principal, namespace, { task, model, repos: repos ?? [] });
    return c.json({ id, message: 'Session created' }, 201);
  });
  app.get('/v1/sessions', (c) => {
    const { principal, namespace } = enter(c, 'read');
    const items = sessions.list(principal, namespace).map(rowOf);
    return c.json({ items, total: items.length });
  });
  app.get('/v1/sessions/:id', (c) => {
    const { principal, namespace } = enter(c, 'read');
    return c.json(rowOf(sessions.get(principal, namespace, idOf(c.req.param('id')))));
  });
  app.delete('/v1/sessions/:id', async (c) => {
    const { principal, namespace } = enter(c, 'write');
    await sessions.delete(sessions.get(principal, namespace, idOf(c.req.param('id'))));
    return c.body(null, 204);
  });
  return app;
}

/** Proxies hand a token on in a header of its own. */
function tokenOf(c: Context<Env>): string | undefined {
  return bearerOf(c.req.raw) ?? c.req.header('X-Forwarded-Access-Token');
}

/** A token that is for one project needs no header, and no other project helps. */
function namespaceOf(c: Context<Env>, { project }: Principal): string {
  const named = c.req.header('X-Ambient-Project') ?? '';
  const meant = named || project;
  if (meant === '' || (project !== '' && meant !== project)) throw new HttpRefusal(400, NO_PROJECT);
  // The project of a token was named by whoever has made it.
  if (meant !== project && !isName(meant)) throw new HttpRefusal(400, 'Invalid project name');
  return meant;
}

function idOf(id: string): string {
  if (isName(id)) return id;
  throw new HttpRefusal(400, 'Invalid session ID');
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
