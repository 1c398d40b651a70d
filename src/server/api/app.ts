/** The routes of the API. */

import { Hono } from 'hono';
import { AgentFSError, actingAs } from '../../index.ts';
import type { JobRow } from '../../store/jobs.ts';
import {
  agentOf,
  type Principal,
  requireDaemonAdmin,
  requireScope,
  requireWorkspace,
  type Scope,
} from '../core/access.ts';
import type { ServerCore } from '../core/server-core.ts';
import { tokenForm } from '../core/tokens.ts';
import { type HttpEnv, principalOf, readJson, rethrow } from '../http/request.ts';
import { answerCall, LINES, operationNamed } from './call.ts';
import type { ApiClients } from './clients.ts';
import { followEvents, readEvents } from './events.ts';
import { metricsOf } from './metrics.ts';
import { openApiDocument } from './openapi.ts';
import { jobForm, jobRequestOf, tokenRequestOf } from './shapes.ts';

type Api = Hono<{ Bindings: HttpEnv }>;

/** Makes the application; errors are thrown, and answered by the server around it. */
export function apiApp(core: ServerCore, clients: ApiClients): Api {
  const app: Api = new Hono();
  app.onError(rethrow);
  app.notFound(({ req }) => {
    throw new AgentFSError('ENOENT', `There is nothing at ${req.method} ${req.path}.`, {
      hint: 'Operations take POST, with a JSON object. See /api/v1/openapi.json.',
    });
  });
  const who = (request: Request, env: HttpEnv, scope: Scope): Principal => {
    const principal = principalOf(core, request, env);
    requireScope(principal, scope);
    return principal;
  };
  addCare(app, core, who);
  addTokens(app, core, who);
  addJobs(app, core, who);
  app.post('/api/v1/:operation', async ({ req, env }) => {
    const principal = principalOf(core, req.raw, env);
    const operation = operationNamed(req.param('operation'));
    const project = core.projects.get(projectOf(req.raw), principal);
    const client = clients.get(principal, project);
    return answerCall(client, operation, await readJson(req.raw), {
      isStreamed: req.header('accept')?.includes(LINES) === true,
      signal: signalOf(core, env),
    });
  });
  app.all('/mcp', ({ req, env }) => {
    const principal = who(req.raw, env, 'read');
    const project = core.projects.get(projectOf(req.raw), principal);
    const { mcp } = clients.get(principal, project);
    return actingAs(agentOf(principal), () => mcp().fetch(req.raw));
  });
  return app;
}

type Who = (request: Request, env: HttpEnv, scope: Scope) => Principal;

function addCare(app: Api, core: ServerCore, who: Who): void {
  const registry = metricsOf(core);
  app.get('/healthz', ({ json }) => {
    const uptimeMs = core.clock.now() - core.startedAt;
    return json({ ok: true, version: core.version, uptimeMs });
  });
  app.get('/metrics', async ({ req, env, body }) => {
    who(req.raw, env, 'read');
    return body(await registry.metrics(), 200, { 'Content-Type': registry.contentType });
  });
  let document: object | undefined;
  app.get('/api/v1/openapi.json', ({ json }) => {
    document ??= openApiDocument(core.version);
    return json(document);
  });
  app.get('/api/v1/projects', ({ req, env, json }) => {
    const principal = who(req.raw, env, 'read');
    const { project } = principal;
    const names = core.projects.all.map(({ name }) => name);
    return json({ projects: names.filter((name) => project === '' || name === project) });
  });
}

function addTokens(app: Api, core: ServerCore, who: Who): void {
  app.get('/api/v1/tokens', ({ req, env, json }) => {
    requireDaemonAdmin(who(req.raw, env, 'admin'));
    return json({ tokens: core.tokens.list().map(tokenForm) });
  });
  app.post('/api/v1/tokens', async ({ req, env, json }) => {
    requireDaemonAdmin(who(req.raw, env, 'admin'));
    const { token, principal } = core.tokens.create(tokenRequestOf(await readJson(req.raw)));
    return json({ ...tokenForm(principal), token }, 201);
  });
  app.delete('/api/v1/tokens/:name', ({ req, env, json }) => {
    requireDaemonAdmin(who(req.raw, env, 'admin'));
    return json(tokenForm(core.tokens.revoke(req.param('name'))));
  });
}

function addJobs(app: Api, core: ServerCore, who: Who): void {
  const jobOf = (principal: Principal, id: string): JobRow =>
    core.jobs.get(/^\d{1,10}$/.test(id) ? Number(id) : 0, principal);
  app.get('/api/v1/jobs', ({ req, env, json }) => {
    const principal = who(req.raw, env, 'read');
    const workspace = req.query('workspace');
    const filter = workspace === undefined ? {} : { workspace };
    return json({ jobs: core.jobs.list(filter, 1000, principal).map(jobForm) });
  });
  app.post('/api/v1/jobs', async ({ req, env, json }) => {
    const principal = who(req.raw, env, 'run');
    const request = jobRequestOf(await readJson(req.raw));
    requireWorkspace(principal, request.workspace);
    const project = core.projects.get(projectOf(req.raw), principal).name;
    const { id } = core.jobs.start({ ...request, principal, project, kind: 'job' });
    return json(jobForm(core.jobs.get(id)), 202);
  });
  app.get('/api/v1/jobs/:id', ({ req, env, json }) =>
    json(jobForm(jobOf(who(req.raw, env, 'read'), req.param('id')))),
  );
  app.get('/api/v1/jobs/:id/output', ({ req, env, json }) => {
    const { id, result } = jobOf(who(req.raw, env, 'read'), req.param('id'));
    return json(core.jobs.find(id)?.output() ?? { stdout: result, stderr: '' });
  });
  app.post('/api/v1/jobs/:id/cancel', async ({ req, env, json }) => {
    const { id } = jobOf(who(req.raw, env, 'run'), req.param('id'));
    const running = core.jobs.find(id);
    running?.cancel();
    await running?.ended;
    return json(jobForm(core.jobs.get(id)));
  });
  app.get('/api/v1/events', async ({ req, env, json }) => {
    const principal = who(req.raw, env, 'read');
    const query = {
      after: req.query('after'),
      types: req.query('types'),
      limit: req.query('limit'),
    };
    const isFollowed = req.header('accept')?.includes('text/event-stream') === true;
    if (!isFollowed) return json(readEvents(core, principal, query));
    return followEvents(
      core,
      principal,
      { ...query, after: req.header('last-event-id') ?? query.after },
      req.raw.signal,
    );
  });
}

/** Fires when the client has gone before its answer, or the daemon ends; the request's own is dear. */
function signalOf({ stopping }: ServerCore, { outgoing }: HttpEnv): AbortSignal {
  const controller = new AbortController();
  const abort = (): void => controller.abort(new AgentFSError('ABORTED', 'It was given up.'));
  stopping.addEventListener('abort', abort, { once: true });
  outgoing.once('close', () => {
    stopping.removeEventListener('abort', abort);
    if (!outgoing.writableFinished) abort();
  });
  return controller.signal;
}

function projectOf(request: Request): string | undefined {
  return request.headers.get('x-agentfs-project') ?? undefined;
}
