/** What clients of clawdforge send: the fields, their bounds and defaults. */

import type { Context } from 'hono';
import * as z from 'zod';
import { ForgeRefusal } from './answers.ts';

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

/** @throws {ForgeRefusal} 400; {ZodError} with the fields that are wrong: so all of these. */
export async function readRun(c: Context): Promise<RunBody> {
  return RUN.parse(await jsonOf(c));
}

/** The body of a turn. */
export async function readTurn(c: Context): Promise<PromptBody> {
  return TURN.parse(await jsonOf(c));
}

/** The body of a new session. */
export async function readSession(c: Context): Promise<SessionBody> {
  return SESSION.parse(await jsonOf(c));
}

/** The body of a new token. */
export async function readToken(c: Context): Promise<TokenBody> {
  return TOKEN.parse(await jsonOf(c));
}

/** The form with a file. */
export async function readFile(c: Context): Promise<{ file: File; ttlSecs: number }> {
  const form = await c.req.parseBody().catch((cause: unknown) => {
    // What stands in the way of reading has an answer of its own.
    if (c.req.raw.signal.aborted || !(cause instanceof TypeError)) throw cause;
    throw new ForgeRefusal(400, 'The body is not a form of several parts.');
  });
  const { file, ttl_secs: given } = form;
  if (!(file instanceof File)) throw new ForgeRefusal(400, "The form has no file called 'file'.");
  const ttlSecs = TTL_SECS.safeParse(given);
  if (!ttlSecs.success) throw new ForgeRefusal(400, 'ttl_secs has to be from 60 to 86400.');
  return { file, ttlSecs: ttlSecs.data };
}

async function jsonOf(c: Context): Promise<unknown> {
  const text = await c.req.text();
  try {
    // Clients that have nothing to say send nothing.
    return text === '' ? {} : JSON.parse(text);
  } catch {
    throw new ForgeRefusal(400, 'The body is not JSON.');
  }
}

function isStorable(meta: unknown): boolean {
  try {
    return JSON.stringify(meta ?? {}).length <= MAX_META_BYTES;
  } catch {
    return false;
  }
}
