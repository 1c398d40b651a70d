/** Trying several ways at once, and saying which workspaces can land together. */

import * as z from 'zod';
import type { ExploredCandidate, Judge } from '../index.ts';
import { conflictShape } from './change-shape.ts';
import { commitForm, commitShape } from './commit-shape.ts';
import { countField } from './fields.ts';
import { define, type Operation } from './operation.ts';
import { workspaceForm, workspaceShape } from './workspace-shape.ts';

const command = z
  .union([z.string(), z.array(z.string()).min(1)])
  .describe('A line for the shell, or a program and its arguments.');

const state = z.enum([
  'waiting',
  'running',
  'judging',
  'succeeded',
  'failed',
  'timed-out',
  'cancelled',
]);

const candidate = z
  .strictObject({
    name: z.string(),
    workspace: z.string().nullable().describe('null when it is dropped.'),
    state,
    score: z.number().nullable(),
    exitCode: countField.nullable(),
    output: z.string().describe('The end of what it has printed.'),
    error: z.string().nullable(),
    stats: z
      .strictObject({ files: countField, insertions: countField, deletions: countField })
      .nullable()
      .describe('What it has changed.'),
    durationMs: z.number(),
  })
  .meta({ id: 'Candidate' });

const explorationField = z.string().describe('The id that explore.run has given.');

/** The operations on explorations. */
export const EXPLORE_OPERATIONS: readonly Operation[] = [
  define({
    name: 'explore.run',
    title: 'Try several ways at once',
    summary:
      'Runs commands in a workspace each, judges what came of them, keeps the best and drops the rest.',
    effect: 'destructive',
    idempotent: false,
    input: z.strictObject({
      candidates: z
        .array(z.strictObject({ name: z.string().optional(), command }))
        .min(1)
        .max(100)
        .describe(
          'They find their names in AGENTFS_CANDIDATE, from 1 in AGENTFS_CANDIDATE_NUMBER.',
        ),
      base: z.string().optional().describe('A workspace or snapshot to start from; default base.'),
      judge: command
        .optional()
        .describe('Runs in each: status 0 passes, a number on the last line is the score.'),
      firstSuccess: z.boolean().default(false).describe('Ends the others when one has succeeded.'),
      concurrency: z.int().min(1).max(100).optional().describe('At a time; default 4.'),
      timeoutMs: z.int().min(1).optional().describe('For each; default none.'),
      keep: z.enum(['best', 'all', 'none']).optional().describe('Default best.'),
      commit: z.string().optional().describe('Lands the best one under this message.'),
    }),
    output: z.strictObject({
      id: z.string(),
      ranking: z.array(candidate).describe('Best first.'),
      best: candidate.optional().describe('Absent when none has succeeded.'),
      commit: commitShape.optional(),
    }),
    run: async ({ afs, signal, onOutput }, input) => {
      const { candidates, judge, firstSuccess, timeoutMs, ...rest } = input;
      const tell = ({ name, state: now }: ExploredCandidate): void => {
        onOutput(`${name}: ${now}\n`).catch(() => undefined);
      };
      const { id, ranking, best, commit } = await afs.explore({
        ...rest,
        candidates: candidates.map(({ name, command: run }) => ({ name, run })),
        judge: judgeOf(judge, firstSuccess),
        timeout: timeoutMs,
        signal,
        onProgress: tell,
      });
      return { id, ranking, best, commit: commit && commitForm(commit) };
    },
  }),
  define({
    name: 'explore.status',
    title: 'Show an exploration',
    summary: 'Lists the workspaces that an exploration has, best first.',
    effect: 'read',
    idempotent: true,
    input: z.strictObject({ exploration: explorationField }),
    output: z.strictObject({
      candidates: z.array(
        z.strictObject({
          name: z.string(),
          workspace: z.string(),
          state: state.optional().describe('Absent while it is going on.'),
          score: z.number().nullable(),
          rank: countField.optional().describe('From 1 for the best.'),
        }),
      ),
    }),
    run: async ({ afs }, { exploration }) => ({
      candidates: await afs.explore.status(exploration),
    }),
  }),
  define({
    name: 'explore.choose',
    title: 'Choose a candidate',
    summary: 'Keeps the workspace of one candidate, or of none, and drops the others.',
    effect: 'destructive',
    idempotent: false,
    input: z.strictObject({
      exploration: explorationField,
      candidate: z.string().optional().describe('Its name; without it all are dropped.'),
    }),
    output: z.strictObject({ workspace: workspaceShape.optional() }),
    run: async ({ afs }, { exploration, candidate: name }) => {
      const chosen = await afs.explore.choose(exploration, name);
      return { workspace: chosen && workspaceForm(chosen) };
    },
  }),
  define({
    name: 'workspace.checkMerge',
    title: 'Check what can land together',
    summary: 'Says which workspaces contradict each other, and in which order all can land.',
    effect: 'read',
    idempotent: true,
    input: z.strictObject({ workspaces: z.array(z.string()).min(2).max(100) }),
    output: z.strictObject({
      clashes: z.array(
        z.strictObject({
          first: z.string(),
          second: z.string(),
          conflicts: z.array(conflictShape),
        }),
      ),
      order: z.array(z.string()).describe('These can land one after the other.'),
      left: z
        .array(z.strictObject({ workspace: z.string(), conflicts: z.array(conflictShape) }))
        .describe('These cannot, once the others have.'),
    }),
    run: async ({ afs, signal }, { workspaces }) => afs.workspace.checkMerge(workspaces, signal),
  }),
];

function judgeOf(judge: string | string[] | undefined, firstSuccess: boolean): Judge | undefined {
  if (judge !== undefined) return { command: judge };
  return firstSuccess ? 'first-success' : undefined;
}
