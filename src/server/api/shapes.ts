/** Jobs and tokens as the API shows them, and what a token is asked for with. */

import * as z from 'zod';
import { invalidInput } from '../../operations/invalid-input.ts';
import type { JobRow } from '../../store/jobs.ts';
import { SCOPES } from '../core/access.ts';
import type { JobRequest } from '../core/job-request.ts';
import type { TokenRequest } from '../core/tokens.ts';

/** A job, as it comes out of JSON. */
export function jobForm(job: JobRow): object {
  const { createdAt, startedAt, endedAt, command, snapshotBefore, snapshotAfter, ...rest } = job;
  return {
    ...rest,
    command: JSON.parse(command),
    createdAt: timeOf(createdAt),
    startedAt: timeOf(startedAt),
    endedAt: timeOf(endedAt),
    snapshotBefore: snapshotBefore || null,
    snapshotAfter: snapshotAfter || null,
  };
}

const tokenInput = z.strictObject({
  name: z.string(),
  role: z.enum(['admin', 'app', 'api']).default('api'),
  scopes: z.array(z.enum(['read', 'write', 'run', 'admin'])).optional(),
  workspaces: z.array(z.string()).optional(),
  project: z.string().optional(),
  ipCidrs: z.array(z.string()).optional(),
  expiresAt: z.iso.datetime({ offset: true }).optional(),
});

/**
 * What a token is to be like.
 *
 * @throws {AgentFSError} INVALID_ARGUMENT.
 */
export function tokenRequestOf(given: unknown): TokenRequest {
  const parsed = tokenInput.safeParse(given);
  if (!parsed.success) throw invalidInput(parsed.error, given);
  const { scopes, expiresAt, ...rest } = parsed.data;
  return {
    ...rest,
    scopes: scopes && SCOPES.filter((scope) => scopes.includes(scope)),
    expiresAt: expiresAt === undefined ? undefined : Date.parse(expiresAt),
  };
}

function timeOf(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}

const jobInput = z.strictObject({
  workspace: z.string(),
  command: z.union([z.string(), z.array(z.string()).min(1)]),
  name: z.string().max(200).optional(),
  workdir: z.string().optional(),
  env: z.record(z.string(), z.string()).optional(),
  input: z.string().optional(),
  timeoutMs: z.int().min(0).optional(),
  restart: z
    .strictObject({
      policy: z.enum(['never', 'on-failure', 'always']),
      max: z.int().min(0).max(1000).optional(),
      windowMs: z.int().min(0).optional(),
      backoffMs: z.int().min(1).optional(),
    })
    .optional(),
});

/**
 * What a job is to run; what it prints is kept as its result.
 *
 * @throws {AgentFSError} INVALID_ARGUMENT.
 */
export function jobRequestOf(given: unknown): Omit<JobRequest, 'principal' | 'kind'> {
  const parsed = jobInput.safeParse(given);
  if (!parsed.success) throw invalidInput(parsed.error, given);
  const { workdir, restart, ...rest } = parsed.data;
  return { ...rest, cwd: workdir, restart, resultOf: (stdout) => stdout };
}
