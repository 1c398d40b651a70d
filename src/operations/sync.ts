/** Sharing a workspace with its replicas through a database. */

import * as z from 'zod';
import type { AgentFS, SyncResult, Workspace } from '../index.ts';
import { capped, changeFields, conflictShape, decidedShape } from './change-shape.ts';
import { conflictFields } from './conflict-fields.ts';
import { countField, encodingField, pathField, timeField, workspaceField } from './fields.ts';
import { define, type Operation } from './operation.ts';

const mode = z.enum(['manual', 'periodic', 'real-time']);

const settings = {
  mode: mode.optional(),
  interval: z.int().min(5).optional().describe('Seconds between two periodic syncs.'),
  conflictResolution: z
    .enum(['manual', 'local-wins', 'remote-wins', 'last-write-wins', 'merge'])
    .optional(),
  include: z.array(z.string()).nullable().optional().describe('Glob patterns; null for all.'),
  exclude: z.array(z.string()).nullable().optional().describe('Glob patterns; null for none.'),
  compression: z.boolean().optional(),
  batchSize: z.int().min(1).optional(),
  timeout: z.int().min(1).optional().describe('Seconds before a request is given up.'),
};

const status = z
  .strictObject({
    state: z.enum(['disabled', 'synced', 'pending', 'syncing', 'conflict', 'offline', 'error']),
    mode,
    remoteUrl: z.string().nullable(),
    lastSync: timeField.nullable(),
    pendingChanges: countField,
    pendingConflicts: countField,
    remoteRevision: countField,
    lastError: z.string().nullable(),
  })
  .meta({ id: 'SyncStatus' });

const synced = z.strictObject({
  direction: z.enum(['push', 'pull']),
  version: countField,
  upToDate: z.boolean(),
  ...changeFields,
  merged: z.array(z.string()),
  conflicts: z.array(decidedShape),
  objects: countField,
  bytes: countField,
  durationMs: z.number(),
});

const input = { workspace: workspaceField };

/** The operations on synchronising. */
export const SYNC_OPERATIONS: readonly Operation[] = [
  define({
    name: 'sync.enable',
    title: 'Share a workspace',
    summary: 'Gives a workspace a database to be shared through; nothing is sent yet.',
    effect: 'write',
    idempotent: true,
    input: z.strictObject({
      ...input,
      tursoDb: z.string().optional().describe('Address of the database; default as configured.'),
      token: z.string().optional().describe('Its token, or env:NAME of a variable that has it.'),
      tokenFile: z.string().optional(),
      encryptionKey: z.string().optional().describe('32 bytes in base64, or env:NAME.'),
      encryptionKeyFile: z.string().optional(),
      name: z.string().optional().describe('Name of the workspace there; default its own.'),
      allowInsecure: z.boolean().optional(),
      ...settings,
    }),
    output: status,
    run: ({ afs }, { workspace, ...options }) =>
      statusAfter(afs, workspace, (sync) => sync.enable(options)),
  }),
  define({
    name: 'sync.config',
    title: 'Change how a workspace is shared',
    summary: 'Changes when, what and by which rule a workspace is synchronised.',
    effect: 'write',
    idempotent: true,
    input: z.strictObject({ ...input, ...settings }),
    output: status,
    run: ({ afs }, { workspace, ...options }) =>
      statusAfter(afs, workspace, (sync) => sync.config(options)),
  }),
  define({
    name: 'sync.push',
    title: 'Push',
    summary: 'Sends the changes of a workspace to its database, after those of others came in.',
    effect: 'write',
    idempotent: true,
    input: z.strictObject({ ...input, force: z.boolean().optional(), ...conflictFields }),
    output: synced,
    run: async ({ afs, signal }, { workspace, ...options }) =>
      cappedSync((await afs.workspace.get(workspace)).sync.push({ ...options, signal })),
  }),
  define({
    name: 'sync.pull',
    title: 'Pull',
    summary: 'Takes over what others have pushed, merged with the changes here.',
    effect: 'write',
    idempotent: true,
    input: z.strictObject({
      ...input,
      force: z.boolean().optional().describe("Takes the remote's side."),
      at: timeField.optional().describe('Goes to what was pushed last until then.'),
      version: z.string().optional().describe('Goes to the snapshot of this name.'),
      ...conflictFields,
    }),
    output: synced,
    run: async ({ afs, signal }, { workspace, ...options }) =>
      cappedSync((await afs.workspace.get(workspace)).sync.pull({ ...options, signal })),
  }),
  define({
    name: 'sync.status',
    title: 'Show how far a sync has come',
    summary: 'Says how far a workspace and its database are apart, as far as is known here.',
    effect: 'read',
    idempotent: true,
    input: z.strictObject(input),
    output: status,
    run: async ({ afs }, { workspace }) => (await afs.workspace.get(workspace)).sync.status(),
  }),
  define({
    name: 'sync.conflicts',
    title: 'List the conflicts of a sync',
    summary: 'Lists the paths on which a workspace and its database disagree.',
    effect: 'read',
    idempotent: true,
    input: z.strictObject(input),
    output: z.strictObject({ conflicts: z.array(conflictShape) }),
    run: async ({ afs }, { workspace }) => {
      const conflicts = await (await afs.workspace.get(workspace)).sync.conflicts();
      return { conflicts: conflicts.map(({ resolve: _, ...conflict }) => conflict) };
    },
  }),
  define({
    name: 'sync.resolve',
    title: 'Decide a conflict of a sync',
    summary: 'Decides a conflict for one of the sides or for other content.',
    effect: 'write',
    idempotent: false,
    input: z.strictObject({
      ...input,
      path: pathField,
      choice: z.enum(['local', 'remote', 'content']),
      wholeFile: z
        .boolean()
        .optional()
        .describe('Takes the whole file of that side, not only the lines in conflict.'),
      content: z.string().default('').describe('What the file is to hold, with choice content.'),
      encoding: encodingField,
    }),
    output: z.strictObject({ remaining: countField.describe('Conflicts that are left.') }),
    run: async ({ afs }, { workspace, path, choice, wholeFile, ...given }) => {
      const { sync } = await afs.workspace.get(workspace);
      const content = Buffer.from(given.content, given.encoding);
      return sync.resolve(path, choice === 'content' ? { content } : choice, { wholeFile });
    },
  }),
  define({
    name: 'sync.verify',
    title: 'Check the database of a workspace',
    summary: 'Fetches all that the newest revision needs from the database and checks it.',
    effect: 'read',
    idempotent: true,
    input: z.strictObject(input),
    output: z.strictObject({
      ok: z.boolean(),
      objects: countField,
      bytes: countField,
      damaged: z.array(z.strictObject({ id: z.string(), code: z.string(), problem: z.string() })),
    }),
    run: async ({ afs, signal }, { workspace }) =>
      (await afs.workspace.get(workspace)).sync.verify({ signal }),
  }),
  define({
    name: 'sync.metrics',
    title: 'Show what syncs have cost',
    summary: 'Counts the syncs of a workspace, and what they have transferred.',
    effect: 'read',
    idempotent: true,
    input: z.strictObject(input),
    output: z.strictObject({
      operations: countField,
      failures: countField,
      objects: countField,
      bytes: countField,
      meanLatencyMs: z.number(),
      conflictsResolved: countField,
    }),
    run: async ({ afs }, { workspace }) => (await afs.workspace.get(workspace)).sync.metrics(),
  }),
  define({
    name: 'sync.reset',
    title: 'Forget how far a sync has come',
    summary: 'Forgets what was last pushed and pulled, so that the next pull compares everything.',
    effect: 'destructive',
    idempotent: true,
    input: z.strictObject(input),
    output: status,
    run: ({ afs }, { workspace }) => statusAfter(afs, workspace, (sync) => sync.reset()),
  }),
  define({
    name: 'sync.disable',
    title: 'Stop sharing a workspace',
    summary: 'Takes the database away from a workspace; what was pushed stays there.',
    effect: 'destructive',
    idempotent: false,
    input: z.strictObject(input),
    output: status,
    run: ({ afs }, { workspace }) => statusAfter(afs, workspace, (sync) => sync.disable()),
  }),
];

async function statusAfter(
  afs: AgentFS,
  name: string,
  action: (sync: Workspace['sync']) => Promise<void>,
): Promise<Awaited<ReturnType<Workspace['sync']['status']>>> {
  const { sync } = await afs.workspace.get(name);
  await action(sync);
  return sync.status();
}

async function cappedSync(
  sync: Promise<SyncResult>,
): Promise<SyncResult & { readonly changeCount: number }> {
  const result = await sync;
  return { ...result, ...capped(result.changes) };
}
