/** Bringing changes of workspaces home, and taking them back. */

import * as z from 'zod';
import { capped, changeFields } from './change-shape.ts';
import { commitForm, commitShape } from './commit-shape.ts';
import {
  conflictFields,
  mergedFields,
  mergeForm,
  mergeShape,
  workspaceConflictFields,
} from './conflict-fields.ts';
import {
  countField,
  globsField,
  limitField,
  pathField,
  timeField,
  workspaceField,
} from './fields.ts';
import { define, type Operation } from './operation.ts';

const author = z.string().optional().describe('Name <mail>, or a name.');

const dryRunField = z.boolean().default(false).describe('Only says what would change.');

const step = z
  .strictObject({
    id: countField,
    kind: z
      .string()
      .describe('Which call made it: edit, run, batch, restore, refresh, merge, commit, ...'),
    summary: z.string(),
    createdAt: timeField,
    undone: z.boolean(),
  })
  .meta({ id: 'Step' });

const undoResult = z.strictObject({ operation: step, ...changeFields });

/** The operations on what workspaces have changed. */
export const HISTORY_OPERATIONS: readonly Operation[] = [
  define({
    name: 'workspace.commit',
    title: 'Commit to the project',
    summary: 'Brings the changes of a workspace home to the project: all of them, or none.',
    effect: 'write',
    idempotent: false,
    input: z.strictObject({
      workspace: workspaceField,
      message: z.string(),
      author,
      include: globsField,
      exclude: globsField,
      ...conflictFields,
      allowEmpty: z.boolean().optional(),
      dryRun: dryRunField,
    }),
    output: z.strictObject({
      ...changeFields,
      ...mergedFields,
      commit: commitShape.optional().describe('Absent for a dry run.'),
    }),
    run: async ({ afs, signal }, { workspace: name, message, dryRun, ...rest }) => {
      const workspace = await afs.workspace.get(name);
      const options = { ...rest, signal };
      if (dryRun) {
        const preview = await workspace.commit(message, { ...options, dryRun: true });
        return { ...capped(preview), merged: preview.merged, conflicts: preview.conflicts };
      }
      const commit = await workspace.commit(message, options);
      const outcome = { merged: commit.merged, conflicts: commit.conflicts };
      return { ...capped(commit.changes), ...outcome, commit: commitForm(commit) };
    },
  }),
  define({
    name: 'workspace.rebase',
    title: 'Bring the project up to date in a workspace',
    summary: 'Brings what has changed in the project since the fork into a workspace.',
    effect: 'write',
    idempotent: true,
    input: z.strictObject({
      workspace: workspaceField,
      ...workspaceConflictFields,
      dryRun: dryRunField,
    }),
    output: mergeShape,
    run: async ({ afs, signal }, { workspace, ...options }) => {
      const found = await afs.workspace.get(workspace);
      return mergeForm(await found.rebase({ ...options, signal }));
    },
  }),
  define({
    name: 'workspace.merge',
    title: 'Merge two workspaces',
    summary: 'Brings what another workspace has changed since its fork into a workspace.',
    effect: 'write',
    idempotent: false,
    input: z.strictObject({
      workspace: workspaceField.describe('The workspace that is changed.'),
      source: z.string().describe('The workspace whose changes come in.'),
      strategy: z
        .enum(['manual', 'ours', 'theirs'])
        .optional()
        .describe('Another name for onConflict, with manual for fail.'),
      ...workspaceConflictFields,
      dryRun: dryRunField,
    }),
    output: mergeShape,
    run: async ({ afs }, { workspace, source, ...options }) =>
      mergeForm(await afs.workspace.merge(source, workspace, options)),
  }),
  define({
    name: 'workspace.undo',
    title: 'Undo',
    summary: 'Takes the newest step of a workspace back: a command, a restore, an edit, a merge.',
    effect: 'write',
    idempotent: false,
    input: z.strictObject({ workspace: workspaceField }),
    output: undoResult,
    run: async ({ afs }, { workspace }) => {
      const { operation, changes } = await (await afs.workspace.get(workspace)).undo();
      return { operation, ...capped(changes) };
    },
  }),
  define({
    name: 'workspace.redo',
    title: 'Redo',
    summary: 'Makes the step that was undone last again.',
    effect: 'write',
    idempotent: false,
    input: z.strictObject({ workspace: workspaceField }),
    output: undoResult,
    run: async ({ afs }, { workspace }) => {
      const { operation, changes } = await (await afs.workspace.get(workspace)).redo();
      return { operation, ...capped(changes) };
    },
  }),
  define({
    name: 'workspace.history',
    title: 'List the steps of a workspace',
    summary: 'Lists what undo and redo go through, newest first.',
    effect: 'read',
    idempotent: true,
    input: z.strictObject({ workspace: workspaceField, limit: limitField(100, 1000) }),
    output: z.strictObject({ operations: z.array(step) }),
    run: async ({ afs }, { workspace, limit }) => ({
      operations: await (await afs.workspace.get(workspace)).history({ limit }),
    }),
  }),
  define({
    name: 'workspace.log',
    title: 'List the commits',
    summary: 'Lists the commits into the project, newest first, of all workspaces.',
    effect: 'read',
    idempotent: true,
    input: z.strictObject({
      path: pathField.optional().describe('Only those that changed this path, or below it.'),
      limit: limitField(20, 100),
    }),
    output: z.strictObject({ commits: z.array(commitShape) }),
    run: async ({ afs }, options) => ({ commits: (await afs.log(options)).map(commitForm) }),
  }),
  define({
    name: 'workspace.revert',
    title: 'Revert a commit',
    summary: 'Takes a commit back in the project, by a commit of its own.',
    effect: 'write',
    idempotent: false,
    input: z.strictObject({
      commit: z.string().describe('Its id, or seven or more of the first digits.'),
      message: z.string().optional(),
      author,
      ...conflictFields,
    }),
    output: commitShape,
    run: async ({ afs, signal }, { commit, ...options }) =>
      commitForm(await afs.revert(commit, { ...options, signal })),
  }),
];
