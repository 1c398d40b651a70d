/** Asking the agent, in a workspace that exists only for one run, or in that of a session. */

import { AgentFSError } from '../../index.ts';
import { SERVE_TAG } from '../../store/workspaces.ts';
import { type Principal, requireWorkspace } from '../core/access.ts';
import type { AgentAnswer } from '../core/agent-command.ts';
import type { ChatMessage } from '../core/chat-completion.ts';
import type { ServerCore } from '../core/server-core.ts';
import { HttpRefusal } from '../http/refusal.ts';
import type { PromptBody, RunBody } from './requests.ts';
import type { ForgeSession, ForgeSessions } from './sessions.ts';
import type { TurnQueue } from './turn-queue.ts';
import type { Uploads } from './uploads.ts';

/** What runs and turns need. */
export interface Prompting {
  readonly core: ServerCore;
  readonly sessions: ForgeSessions;
  readonly turns: TurnQueue;
  readonly uploads: Uploads;
  /** Fires when the surface is closed. */
  readonly stopping: AbortSignal;
}

const FENCED = /^```[\w-]*\n([\s\S]*?)\n?```$/;
const MAX_HISTORY_CHARACTERS = 200_000;

/**
 * Answers `POST /run`.
 *
 * @param signal - fires when the client has gone: nobody would read the answer.
 * @throws {HttpRefusal} 400 for a file token; 502 when the agent fails.
 */
export async function run(
  { core, uploads, stopping }: Prompting,
  principal: Principal,
  body: RunBody,
  signal: AbortSignal,
): Promise<Record<string, unknown>> {
  const { prompt, model, system, timeout_secs: seconds, system_mode, effort } = body;
  const project = core.projects.get(undefined, principal);
  await using workspace = await project.afs.workspace.temp('forge-run', {
    tags: ['forge', SERVE_TAG],
  });
  requireWorkspace(principal, workspace.name);
  const files = await uploads.handTo(principal, body.files, async () => workspace);
  const answer = await asked(core, AbortSignal.any([signal, stopping]), {
    ...{ principal, workspace: workspace.name, project: project.name, kind: 'run' },
    ...{ prompt, model, system, files, timeoutMs: seconds * 1000 },
    details: { surface: 'forge', system_mode, effort },
  });
  const { isOk, text, stopReason: stop_reason } = answer;
  const duration_ms = Math.round(answer.end.durationMs);
  if (isOk) return { ok: true, result: resultOf(text), duration_ms, stop_reason };
  const { stderr } = answer.end;
  throw new HttpRefusal(502, text, { ok: false, stderr, duration_ms, stop_reason });
}

/**
 * Answers `POST /sessions/{id}/turn`.
 *
 * @throws {HttpRefusal} 404, 410; 400 for a file token.
 */
export async function turn(
  prompting: Prompting,
  principal: Principal,
  id: string,
  body: PromptBody,
): Promise<Record<string, unknown>> {
  prompting.sessions.getOpen(principal, id);
  return prompting.turns.take(id, async (closed) => {
    const signal = AbortSignal.any([closed, prompting.stopping]);
    const session = prompting.sessions.getOpen(principal, id);
    requireWorkspace(principal, session.workspace);
    return nextTurn(prompting, principal, session, { body, signal });
  });
}

async function nextTurn(
  { core, sessions, uploads }: Prompting,
  principal: Principal,
  before: ForgeSession,
  { body, signal }: { body: PromptBody; signal: AbortSignal },
): Promise<Record<string, unknown>> {
  const { prompt, timeout_secs: seconds } = body;
  const { id, project, workspace, model } = before;
  const { afs } = core.projects.get(project, principal);
  const files = await uploads.handTo(principal, body.files, () => afs.workspace.get(workspace));
  const index = before.turnCount + 1;
  sessions.update(before, { turnCount: index, lastTurnAt: core.clock.now() });
  sessions.tell(before, 'turn');
  const history = sessions.history(id);
  const answer = await asked(core, signal, {
    ...{ principal, workspace, project, kind: 'turn', prompt, files, history },
    model: model ?? undefined,
    timeoutMs: seconds * 1000,
    env: { AGENTFS_SESSION_ID: id, AGENTFS_TURN: String(index) },
    details: { surface: 'forge', session: id, turn: index },
  });
  const after = sessions.getOpen(principal, id);
  sessions.update(after, { lastTurnAt: core.clock.now() });
  const { isOk, text, events, stopReason } = answer;
  if (isOk)
    sessions.remember(id, newest([...history, said('user', prompt), said('assistant', text)]));
  return {
    ...{ ok: isOk, session_id: id, turn_index: index },
    events: isOk ? events : [...events, { type: 'error', content: text }],
    ...{ stop_reason: stopReason, duration_ms: Math.round(answer.end.durationMs) },
  };
}

async function asked(
  core: ServerCore,
  signal: AbortSignal,
  request: Parameters<ServerCore['agent']['ask']>[0],
): Promise<AgentAnswer> {
  const { job, answer } = ask(core, request);
  const cancel = (): void => job.cancel();
  if (signal.aborted) cancel();
  signal.addEventListener('abort', cancel, { once: true });
  try {
    return await answer;
  } finally {
    signal.removeEventListener('abort', cancel);
  }
}

function ask(
  core: ServerCore,
  request: Parameters<ServerCore['agent']['ask']>[0],
): ReturnType<ServerCore['agent']['ask']> {
  try {
    return core.agent.ask(request);
  } catch (error) {
    const isMissing = error instanceof AgentFSError && error.code === 'AGENT_NOT_CONFIGURED';
    if (!isMissing) throw error;
    const fields = { ok: false, stderr: '', duration_ms: 0, stop_reason: 'error' };
    throw new HttpRefusal(502, error.message, fields);
  }
}

/** What a model that was asked for JSON has answered, with or without a fence around it. */
function resultOf(text: string): unknown {
  const trimmed = text.trim();
  try {
    return JSON.parse(FENCED.exec(trimmed)?.[1] ?? trimmed);
  } catch {
    return text;
  }
}

function said(role: ChatMessage['role'], content: string): ChatMessage {
  return { role, content };
}

/** As much of the end of a conversation as is kept, beginning with the user. */
function newest(history: readonly ChatMessage[]): readonly ChatMessage[] {
  let size = history.reduce((sum, { content }) => sum + content.length, 0);
  let first = 0;
  while (size > MAX_HISTORY_CHARACTERS && first < history.length - 2) {
    size -= (history[first]?.content.length ?? 0) + (history[first + 1]?.content.length ?? 0);
    first += 2;
  }
  return history.slice(first);
}
