/** What clients of clawdforge send: the fields, their bounds and defaults. */

import * as z from 'zod';
import { HttpRefusal } from '../http/refusal.ts';
import { readJson } from '../http/request.ts';

/** What the agent is asked. */
export interface PromptBody {
  readonly prompt: string;
  /** Tokens of files. */
  readonly files: readonly string[];
  readonly timeout_secs: number;
}

/** `POST /run`. */
export interface RunBody extends PromptBody {
  readonly model: string;
  readonly system?: string | undefined;
  // Of later clients. What they mean is for the command that is configured; they are kept with the run.
  readonly system_mode?: 'append' | 'replace' | undefined;
  readonly effort?: string | undefined;
}

/** `POST /sessions`. */
export interface SessionBody {
  readonly agent: string;
  readonly model?: string | undefined;
  readonly meta?: Readonly<Record<string, unknown>> | null | undefined;
}

/** `POST /admin/tokens`. */
export interface TokenBody {
  readonly name: string;
  readonly ip_cidrs: readonly string[];
}

const NAME = z.string().min(1).max(128);
const MAX_META_BYTES = 65_536;

const TURN = z.object({
  prompt: z.string().refine((text) => text.trim() !== '', 'is empty'),
  files: z.array(z.string().max(128)).max(100).default([]),
  timeout_secs: z.number().min(5).max(600).default(120),
});
const RUN = TURN.extend({
  model: NAME.default('sonnet'),
  system: z.string().optional(),
  system_mode: z.enum(['append', 'replace']).optional(),
  effort: NAME.optional(),
});
const SESSION = z.object({
  agent: NAME.default('claude'),
  model: NAME.optional(),
  meta: z.record(z.string(), z.unknown()).nullish().refine(isStorable, 'is too large or too deep'),
});
const TOKEN = z.object({ name: z.string(), ip_cidrs: z.array(z.string()).default([]) });
const TTL_SECS = z.coerce.number().int().min(60).max(86_400).default(3600);

/** The body of a run. @throws {AgentFSError} INVALID_ARGUMENT; {ZodError}: so all of these. */
export async function readRun(request: Request): Promise<RunBody> {
  return RUN.parse(await readJson(request));
}

/** The body of a turn. */
export async function readTurn(request: Request): Promise<PromptBody> {
  return TURN.parse(await readJson(request));
}

/** The body of a new session. */
export async function readSession(request: Request): Promise<SessionBody> {
  return SESSION.parse(await readJson(request));
}

/** The body of a new token. */
export async function readToken(request: Request): Promise<TokenBody> {
  return TOKEN.parse(await readJson(request));
}

/** The form with a file. */
export async function readFile(request: Request): Promise<{ file: File; ttlSecs: number }> {
  const form = await request.formData().catch((cause: unknown) => {
    // What stands in the way of reading has an answer of its own.
    if (request.signal.aborted || !(cause instanceof TypeError)) throw cause;
    throw new HttpRefusal(400, 'The body is not a form of several parts.');
  });
  const file = form.get('file');
  if (!(file instanceof File)) throw new HttpRefusal(400, "The form has no file called 'file'.");
  const ttlSecs = TTL_SECS.safeParse(form.get('ttl_secs') ?? undefined);
  if (!ttlSecs.success) throw new HttpRefusal(400, 'ttl_secs has to be from 60 to 86400.');
  return { file, ttlSecs: ttlSecs.data };
}

function isStorable(meta: unknown): boolean {
  try {
    return JSON.stringify(meta ?? {}).length <= MAX_META_BYTES;
  } catch {
    return false;
  }
}
