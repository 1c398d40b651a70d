/** Snapshots: naming states of a workspace, comparing them and going back. */

import * as z from 'zod';
import type { Snapshot } from '../index.ts';
import { diffFields, diffForm } from './change-shape.ts';
import {
  countField,
  cursorField,
  globsField,
  limitField,
  nextCursorField,
  timeField,
  workspaceField,
} from './fields.ts';
import type { JsonForm } from './json-form.ts';
import { define, type Operation } from './operation.ts';
import { pageOf } from './page.ts';

const snapshotField = z.string().describe('Name of the snapshot.');

const snapshotShape: z.ZodType<JsonForm<Snapshot>> = z
  .strictObject({
    name: z.string(),
    id: z.string(),
    workspace: z.string(),
    description: z.string(),
    tags: z.array(z.string()),
    fileCount: countField,
    size: countField.describe('Bytes of all files.'),
    parent: z.string().nullable(),
    createdAt: timeField,
    tree: z.string().describe('Equal trees have equal ids.'),
  })
  .meta({ id: 'Snapshot' });

/** The operations on snapshots. */
export const SNAPSHOT_OPERATIONS: readonly Operation[] = [
  define({
    name: 'snapshot.create',
    title: 'Take a snapshot',
    summary: 'Gives the present state of a workspace a name to go back to; costs next to nothing.',
    effect: 'write',
    idempotent: false,
    input: z.strictObject({
      workspace: workspaceField,
      name: snapshotField,
      description: z.string().optional(),
      tags: z.array(z.string()).optional(),
    }),
    output: snapshotShape,
    run: async ({ afs }, { workspace, name, ...options }) =>
      (await afs.workspace.get(workspace)).snapshot.create(name, options),
  }),
  define({
    name: 'snapshot.get',
    title: 'Show a snapshot',
    summary: 'Shows what is known of a snapshot of a workspace.',
    effect: 'read',
    idempotent: true,
    input: z.strictObject({ workspace: workspaceField, name: snapshotField }),
    output: snapshotShape,
    run: async ({ afs }, { workspace, name }) =>
      (await afs.workspace.get(workspace)).snapshot.get(name),
  }),
  define({
    name: 'snapshot.list',
    title: 'List snapshots',
    summary: 'Lists the snapshots of a workspace, oldest first.',
    effect: 'read',
    idempotent: true,
    input: z.strictObject({
      workspace: workspaceField,
      tag: z.string().optional(),
      limit: limitField(100, 1000),
      cursor: cursorField,
    }),
    output: z.strictObject({
      snapshots: z.array(snapshotShape),
      total: countField,
      nextCursor: nextCursorField,
    }),
    run: async ({ afs }, { workspace, tag, ...wanted }) => {
      const { snapshot } = await afs.workspace.get(workspace);
      const all = await snapshot.list(tag === undefined ? {} : { tag });
      const { items, ...page } = pageOf(all, wanted);
      return { snapshots: items, ...page };
    },
  }),
  define({
    name: 'snapshot.restore',
    title: 'Go back to a snapshot',
    summary: 'Puts a workspace back to a snapshot; undo takes that back.',
    effect: 'write',
    idempotent: true,
    input: z.strictObject({
      workspace: workspaceField,
      name: snapshotField,
      backup: z
        .union([z.boolean(), z.string()])
        .optional()
        .describe('Takes a snapshot of the state before, with this name or one of its own.'),
    }),
    output: z.strictObject({
      snapshot: snapshotShape,
      backup: z.string().optional().describe('Name of the snapshot that was taken before.'),
      operationId: countField.describe('The step that undo can take back; 0 when nothing changed.'),
    }),
    run: async ({ afs }, { workspace, name, backup }) =>
      (await afs.workspace.get(workspace)).snapshot.restore(
        name,
        backup === undefined ? {} : { backup },
      ),
  }),
  define({
    name: 'snapshot.delete',
    title: 'Delete a snapshot',
    summary: 'Forgets a snapshot; the workspace stays as it is.',
    effect: 'destructive',
    idempotent: false,
    input: z.strictObject({ workspace: workspaceField, name: snapshotField }),
    output: z.strictObject({ workspace: z.string(), name: z.string() }),
    run: async ({ afs }, { workspace, name }) => {
      await (await afs.workspace.get(workspace)).snapshot.delete(name);
      return { workspace, name };
    },
  }),
  define({
    name: 'snapshot.diff',
    title: 'Compare two snapshots',
    summary: 'Shows what changed from one snapshot of a workspace to another, as a patch.',
    effect: 'read',
    idempotent: true,
    input: z.strictObject({
      workspace: workspaceField,
      before: snapshotField,
      after: snapshotField,
      include: globsField,
      exclude: globsField,
      stat: z.boolean().optional().describe('A summary instead of a patch.'),
      nameOnly: z.boolean().optional().describe('The paths alone.'),
    }),
    output: z.strictObject(diffFields),
    run: async ({ afs }, { workspace, before, after, ...options }) =>
      diffForm(await (await afs.workspace.get(workspace)).snapshot.diff(before, after, options)),
  }),
];
