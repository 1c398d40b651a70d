/** The calls of fleet clients over HTTP. */

import { posix } from 'node:path';
import { type Context, Hono } from 'hono';
import { AgentFSError } from '../../index.ts';
import { Refusal } from '../clove/request.ts';
import { type Principal, requireDaemonAdmin, requireScope, type Scope } from '../core/access.ts';
import type { TokenRequest } from '../core/tokens.ts';
import type { ErrorAnswer } from '../http/open-http.ts';
import { HttpRefusal, refusalOf } from '../http/refusal.ts';
import { addressOf, type HttpEnv, principalOf, readJson, rethrow } from '../http/request.ts';
import type { Fleet } from './fleet.ts';
import { type Message, textIn } from './wire.ts';

interface Env {
  Bindings: HttpEnv;
}

type App = Hono<Env>;

/** What tokens of machines and agents are called, so that a machine is nobody else. */
const MACHINE = 'machine-';
const AGENT = 'agent-';
/** It answers for itself, and asks for nothing. */
const OF_A_MACHINE = { scopes: [], workspaces: [] };

/** The name of the token that a machine may connect with. */
export function machineTokenName(machineId: string): string {
  return MACHINE + machineId;
}

/** An error in the words of relays. */
export function answerOf(error: unknown): ErrorAnswer {
  // What a kernel has said no to was asked for wrongly.
  const refusal = error instanceof Refusal ? new HttpRefusal(400, error.message) : refusalOf(error);
  const { status, message } = refusal;
  return { status, body: { error: message, status } };
}

/** The app of the surface. */
export function fleetApp(fleet: Fleet): App {
  const { core } = fleet;
  const app: App = new Hono<Env>().basePath('/api/v1');
  const now = (): string => new Date(core.clock.now()).toISOString();
  app.onError(rethrow);
  app.notFound((c) => c.json({ error: 'Not found', status: 404 }, 404));
  app.get('/health', (c) => c.json({ status: 'healthy', timestamp: now() }));
  app.get('/status', (c) => {
    may(fleet, c, 'read');
    return c.json({ server: 'running', timestamp: now(), ...statusRow(fleet) });
  });
  addMachines(app, fleet);
  addAgents(app, fleet);
  addTokens(app, fleet);
  return app;
}

function addMachines(app: App, fleet: Fleet): void {
  app.get('/machines', (c) => {
    may(fleet, c, 'read');
    return c.json({ machines: fleet.machines });
  });
  app.get('/machines/:id', (c) => {
    may(fleet, c, 'read');
    return c.json(fleet.machine(c.req.param('id')));
  });
  app.post('/machines', async (c) => {
    requireDaemonAdmin(may(fleet, c, 'admin'));
    const body = await readJson(c.req.raw);
    const id = required(body, 'machine_id');
    const row = fleet.register(id, {
      provider: textIn(body, 'provider') || 'remote',
      ipAddress: textIn(body, 'ip_address'),
      metadata: objectIn(body, 'metadata'),
    });
    const { token } = makeToken(fleet, machineTokenName(id), OF_A_MACHINE);
    return c.json({ machine_id: id, token, created_at: row.created_at }, 201);
  });
  app.delete('/machines/:id', (c) => {
    requireDaemonAdmin(may(fleet, c, 'admin'));
    const id = c.req.param('id');
    fleet.machine(id);
    fleet.remove(id);
    revokeToken(fleet, machineTokenName(id));
    return c.json({ removed: id });
  });
}

function addAgents(app: App, fleet: Fleet): void {
  app.get('/agents', (c) => {
    may(fleet, c, 'read');
    return c.json({ agents: fleet.agents(c.req.query('machine_id')) });
  });
  app.post('/agents/deploy', async (c) => {
    may(fleet, c, 'run');
    const body = await readJson(c.req.raw);
    const machineId = required(body, 'machine_id');
    const link = fleet.link(machineId);
    const scriptName = scriptNameIn(body);
    const content = required(body, 'script_content');
    const agentId = await link.deploy({ scriptName, content, args: argsIn(body) });
    const reply = { status: 'deploying', machine_id: machineId, script_name: scriptName };
    return c.json({ ...reply, agent_id: agentId }, 202);
  });
  app.post('/agents/:id/stop', async (c) => {
    may(fleet, c, 'run');
    const id = Number(c.req.param('id'));
    const body = await readJson(c.req.raw);
    await fleet.stop(textIn(body, 'machine_id'), id);
    return c.json({ stopped: id });
  });
}

function addTokens(app: App, fleet: Fleet): void {
  app.get('/tokens', (c) => {
    requireDaemonAdmin(may(fleet, c, 'admin'));
    const tokens = fleet.core.tokens.list().filter(({ name }) => /^(machine|agent)-/.test(name));
    const rows = tokens.map(({ name, createdAt, enabled }) => ({
      ...{ id: name, type: name.startsWith(MACHINE) ? 'machine' : 'agent' },
      ...{ created_at: new Date(createdAt).toISOString(), enabled },
    }));
    return c.json({ tokens: rows });
  });
  app.post('/tokens/machine', async (c) => {
    requireDaemonAdmin(may(fleet, c, 'admin'));
    const body = await readJson(c.req.raw);
    const id = required(body, 'machine_id');
    return c.json({ machine_id: id, ...makeToken(fleet, machineTokenName(id), OF_A_MACHINE) }, 201);
  });
  app.post('/tokens/agent', async (c) => {
    requireDaemonAdmin(may(fleet, c, 'admin'));
    const body = await readJson(c.req.raw);
    const name = textIn(body, 'agent_name') || required(body, 'name');
    return c.json(
      {
        agent_name: name,
        ...makeToken(fleet, AGENT + name, { scopes: ['run'], workspaces: [fleet.workspace] }),
      },
      201,
    );
  });
  app.delete('/tokens/:id', (c) => {
    requireDaemonAdmin(may(fleet, c, 'admin'));
    const id = c.req.param('id');
    fleet.core.tokens.revoke(id);
    return c.json({ revoked: id });
  });
}

/** Makes sure that the request comes from somebody who may. */
function may(fleet: Fleet, c: Context<Env>, scope: Scope): Principal {
  const { core } = fleet;
  core.principals.requireAddress(addressOf(c.env));
  const principal = principalOf(core, c.req.raw, c.env);
  requireScope(principal, scope);
  fleet.admit(principal);
  return principal;
}

function statusRow(fleet: Fleet): object {
  const { machines, links, remoteAgents } = fleet;
  const kernels = links.map((link) => ({
    machine_id: link.machineId,
    connected_at: new Date(link.connectedAt).toISOString(),
    remote_agents: remoteAgents.filter((each) => each.link === link).length,
  }));
  return {
    ...{ kernels_connected: links.length, remote_agents_connected: remoteAgents.length, kernels },
    fleet: {
      total_machines: machines.length,
      by_provider: counted(machines.map(({ provider }) => provider)),
      by_status: counted(machines.map(({ status }) => status)),
    },
  };
}

function counted(values: readonly string[]): Readonly<Record<string, number>> {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return Object.fromEntries(counts);
}

function makeToken(
  fleet: Fleet,
  name: string,
  allowed: Pick<TokenRequest, 'scopes' | 'workspaces'>,
): { readonly id: string; readonly token: string } {
  // A new one takes the place of the one before: whoever has lost it cannot revoke it.
  revokeToken(fleet, name);
  const { token } = fleet.core.tokens.create({ name, role: 'api', ...allowed });
  return { id: name, token };
}

function revokeToken({ core }: Fleet, name: string): void {
  const found = core.tokens.list().some((each) => each.name === name && each.enabled);
  if (found) core.tokens.revoke(name);
}

function required(body: Message, name: string): string {
  const value = textIn(body, name);
  if (value !== '') return value;
  throw new AgentFSError('INVALID_ARGUMENT', `${name} is required`);
}

/** A plain name: it becomes part of a path. */
function scriptNameIn(body: Message): string {
  const name = textIn(body, 'script_name') || 'agent.py';
  if (posix.basename(name) === name && /^[\w.-]{1,128}$/.test(name) && !name.startsWith('.')) {
    return name;
  }
  throw new AgentFSError('INVALID_ARGUMENT', `script_name cannot be ${JSON.stringify(name)}`, {
    hint: 'Use the name of a file, of letters, digits, dots, dashes and underscores.',
  });
}

function argsIn(body: Message): readonly string[] {
  const args = body['args'] ?? [];
  if (Array.isArray(args) && args.every((each) => typeof each === 'string')) return args;
  throw new AgentFSError('INVALID_ARGUMENT', 'args has to be a list of strings');
}

function objectIn(body: Message, name: string): Readonly<Record<string, unknown>> {
  const value = body[name] ?? {};
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  throw new AgentFSError('INVALID_ARGUMENT', `${name} has to be an object`);
}
