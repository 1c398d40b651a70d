/** The calls of clawdforge: what its clients send is read, and answered in its words. */

import { type Context, Hono } from 'hono';
import { actingAs } from '../../index.ts';
import {
  agentOf,
  type Principal,
  requireDaemonAdmin,
  requireScope,
  type Scope,
} from '../core/access.ts';
import type { ServerCore } from '../core/server-core.ts';
import { HttpRefusal } from '../http/refusal.ts';
import { type HttpEnv, principalOf, rethrow } from '../http/request.ts';
import { type Prompting, run, turn } from './prompting.ts';
import { readFile, readRun, readSession, readToken, readTurn } from './requests.ts';
import type { ForgeSession } from './sessions.ts';

interface Env {
  Bindings: HttpEnv;
}

/** Who sends a request, if it is somebody who may do this. */
type May = (c: Context<Env>, scope: Scope) => Principal;

/** The app of the surface. */
export function forgeApp(prompting: Prompting): Hono<Env> {
  const { core } = prompting;
  const app = new Hono<Env>();
  const may: May = (c, scope) => {
    const principal = principalOf(core, c.req.raw, c.env);
    requireScope(principal, scope);
    return principal;
  };
  app.onError(rethrow);
  app.notFound(() => {
    throw new HttpRefusal(404, 'Not Found');
  });
  app.get('/healthz', (c) => c.json(health(prompting)));
  app.post('/run', async (c) => {
    const principal = may(c, 'run');
    const { raw } = c.req;
    const body = await readRun(raw);
    return c.json(await acting(principal, () => run(prompting, principal, body, raw.signal)));
  });
  app.post('/files', async (c) => {
    const principal = may(c, 'write');
    return c.json(await acting(principal, () => upload(prompting, principal, c.req.raw)));
  });
  addSessions(app, prompting, may);
  addTokens(app, core, may);
  return app;
}

/** What is done for somebody is in the audit log in that name. */
function acting<T>(principal: Principal, action: () => T): T {
  return actingAs(agentOf(principal), action);
}

function addSessions(app: Hono<Env>, prompting: Prompting, may: May): void {
  const { core, sessions } = prompting;
  const row = (session: ForgeSession): Record<string, unknown> => rowOf(core, session);
  app.post('/sessions', async (c) => {
    const principal = may(c, 'run');
    const { agent, model, meta } = await readSession(c.req.raw);
    const given = { agent, model: model ?? null, meta: meta ?? {} };
    return c.json(row(await acting(principal, () => sessions.create(principal, given))));
  });
  app.get('/sessions', (c) => {
    const isAll = c.req.query('include_closed')?.toLowerCase() !== 'false';
    return c.json({ sessions: sessions.list(may(c, 'read'), isAll).map(row) });
  });
  app.get('/sessions/:id', (c) => {
    return c.json(row(sessions.get(may(c, 'read'), c.req.param('id'))));
  });
  app.get('/sessions/:id/diff', async (c) => {
    const session = sessions.get(may(c, 'read'), c.req.param('id'));
    const project = core.projects.get(session.project);
    // One that has changed nothing is let go of after its end.
    if (!(await project.afs.workspace.exists(session.workspace))) return c.text('');
    await core.sessions.settle(project, session.workspace);
    const workspace = await project.afs.workspace.get(session.workspace);
    return c.text((await workspace.diff()).text);
  });
  app.delete('/sessions/:id', (c) => {
    const session = sessions.get(may(c, 'run'), c.req.param('id'));
    const isFirst = sessions.close(session);
    return c.json({ ok: true, session_id: session.id, already_closed: !isFirst });
  });
  app.post('/sessions/:id/turn', async (c) => {
    const principal = may(c, 'run');
    const id = c.req.param('id');
    sessions.getOpen(principal, id);
    const body = await readTurn(c.req.raw);
    return c.json(await acting(principal, () => turn(prompting, principal, id, body)));
  });
}

function addTokens(app: Hono<Env>, core: ServerCore, may: May): void {
  app.post('/admin/tokens', async (c) => {
    requireDaemonAdmin(may(c, 'admin'));
    const { name, ip_cidrs: ipCidrs } = await readToken(c.req.raw);
    const { token, principal } = core.tokens.create({ name, role: 'app', ipCidrs });
    return c.json({ name, token, ip_cidrs: principal.ipCidrs });
  });
  app.get('/admin/tokens', (c) => {
    requireDaemonAdmin(may(c, 'admin'));
    const apps = core.tokens.list().filter(({ role }) => role === 'app');
    return c.json({ tokens: apps.map(tokenRow) });
  });
  app.delete('/admin/tokens/:name', (c) => {
    requireDaemonAdmin(may(c, 'admin'));
    const name = c.req.param('name');
    const isApp = core.tokens.list().some((each) => each.name === name && each.role === 'app');
    if (!isApp) throw new HttpRefusal(404, `There is no token ${JSON.stringify(name)}.`);
    core.tokens.revoke(name);
    return c.json({ ok: true, name });
  });
}

function health({ core, sessions }: Prompting): Record<string, unknown> {
  const isThere = core.agent.isConfigured;
  const version = isThere ? `agentfs ${core.version}` : null;
  return {
    ...{ ok: true, claude_present: isThere, claude_version: version },
    ...{ acpx_present: isThere, acpx_version: version, open_sessions: sessions.open },
  };
}

async function upload(
  { uploads }: Prompting,
  principal: Principal,
  request: Request,
): Promise<Record<string, unknown>> {
  const { file, ttlSecs } = await readFile(request);
  const token = await uploads.put(principal, file, ttlSecs);
  return { file_token: token, ttl_secs: ttlSecs, size: file.size };
}

function rowOf(core: ServerCore, session: ForgeSession): Record<string, unknown> {
  const { id, agent, model, workspace, meta, turnCount, closedAt } = session;
  const project = core.projects.all.find(({ name }) => name === session.project);
  return {
    ...{ session_id: id, agent, model, workspace, meta, turn_count: turnCount },
    // Where its commands find themselves; '' if the project is not served any more.
    cwd: project?.afs.basePath ?? '',
    created_at: iso(session.createdAt),
    last_turn_at: iso(session.lastTurnAt),
    closed_at: iso(closedAt),
    live: closedAt === null,
  };
}

function tokenRow({ name, ipCidrs, createdAt, lastUsedAt, enabled }: Principal): object {
  return {
    // Joined by commas, as its own server has it.
    ...{ name, ip_cidrs: ipCidrs.join(','), enabled },
    ...{ created_at: iso(createdAt), last_used: iso(lastUsedAt) },
  };
}

function iso(time: number | null): string | null {
  return time === null ? null : new Date(time).toISOString();
}
