/** Workspaces: making, finding, changing and deleting them, and seeing what they have changed. */

import * as z from 'zod';
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
import { define, type Operation } from './operation.ts';
import { pageOf } from './page.ts';
import { ignoredShape, plainWarning, warningShape } from './run-shape.ts';
import {
  cacheField,
  limitsShape,
  sandboxField,
  workspaceForm,
  workspaceShape,
} from './workspace-shape.ts';

const settings = {
  description: z.string().optional(),
  tags: z.array(z.string()).optional(),
  agentId: z.string().nullable().optional().describe('The only agent that may change it.'),
  owner: z.string().nullable().optional(),
  readOnly: z.boolean().optional(),
  expires: timeField.nullable().optional().describe('After this time it can only be read.'),
  sandbox: sandboxField.nullable().optional().describe('The isolation its commands must have.'),
  limits: limitsShape.nullable().optional().describe('Bounds of each of its commands.'),
  caches: z.array(cacheField).nullable().optional().describe('Caches that its commands find.'),
};

const statusFile = z.strictObject({ path: z.string(), size: countField, mode: countField });

const done = z.strictObject({
  workspace: z.string(),
  ignored: z.array(z.string()).describe('What it had of its own that was not versioned.'),
});

/** The operations on workspaces as such. */
export const WORKSPACE_OPERATIONS: readonly Operation[] = [
  define({
    name: 'workspace.create',
    title: 'Create a workspace',
    summary: 'Makes a private copy of the project, of a snapshot or of another workspace, at once.',
    effect: 'write',
    idempotent: false,
    input: z.strictObject({
      name: z.string().describe('Letters, digits, dots, dashes and underscores.'),
      fromSnapshot: z.string().optional().describe('A snapshot, as workspace/snapshot.'),
      fromWorkspace: z.string().optional().describe('Another workspace as it is now.'),
      ...settings,
    }),
    output: workspaceShape,
    run: async ({ afs, signal }, { name, expires, ...options }) =>
      workspaceForm(
        await afs.workspace.create(name, { ...options, expires: dateOf(expires), signal }),
      ),
  }),
  define({
    name: 'workspace.list',
    title: 'List workspaces',
    summary: 'Lists the workspaces that match, oldest first.',
    effect: 'read',
    idempotent: true,
    input: z.strictObject({
      name: z.string().optional().describe('A glob pattern for the name.'),
      tag: z.string().optional(),
      olderThanDays: countField.optional().describe('Not changed for so many days.'),
      includeArchived: z.boolean().optional(),
      limit: limitField(100, 1000),
      cursor: cursorField,
    }),
    output: z.strictObject({
      workspaces: z.array(workspaceShape),
      total: countField,
      nextCursor: nextCursorField,
    }),
    run: async ({ afs }, { limit, cursor, ...filter }) => {
      const { items, ...page } = pageOf(await afs.workspace.list(filter), { limit, cursor });
      return { workspaces: items.map(workspaceForm), ...page };
    },
  }),
  define({
    name: 'workspace.get',
    title: 'Show a workspace',
    summary: 'Shows the settings of a workspace.',
    effect: 'read',
    idempotent: true,
    input: z.strictObject({ workspace: workspaceField }),
    output: workspaceShape,
    run: async ({ afs }, { workspace }) => workspaceForm(await afs.workspace.get(workspace)),
  }),
  define({
    name: 'workspace.update',
    title: 'Change a workspace',
    summary: 'Renames a workspace or changes its settings; what is left out stays as it is.',
    effect: 'write',
    idempotent: true,
    input: z.strictObject({
      workspace: workspaceField,
      name: z.string().optional().describe('Its new name.'),
      state: z.enum(['active', 'frozen', 'archived']).optional(),
      ...settings,
    }),
    output: workspaceShape,
    run: async ({ afs }, { workspace: from, name, expires, ...rest }) => {
      const workspace = await afs.workspace.get(from);
      await workspace.update({ ...rest, expires: dateOf(expires) });
      if (name !== undefined) await afs.workspace.rename(from, name);
      return workspaceForm(workspace);
    },
  }),
  define({
    name: 'workspace.delete',
    title: 'Delete a workspace',
    summary: 'Deletes a workspace with its snapshots and history; forks of it keep their files.',
    effect: 'destructive',
    idempotent: false,
    input: z.strictObject({
      workspace: workspaceField,
      force: z
        .boolean()
        .default(false)
        .describe('Also when it has changes that are not committed.'),
    }),
    output: done,
    run: async ({ afs }, { workspace, force }) => {
      const { ignored } = await afs.workspace.delete(workspace, { force });
      return { workspace, ignored: [...ignored] };
    },
  }),
  define({
    name: 'workspace.status',
    title: 'Show what has changed',
    summary: 'Lists what a workspace has changed since its fork, and how the project has moved on.',
    effect: 'read',
    idempotent: true,
    input: z.strictObject({
      workspace: workspaceField,
      refresh: z.boolean().optional().describe('Looks at the project on disk first.'),
      ignored: z.boolean().optional().describe('Also lists what is not versioned.'),
      detectRenames: z.boolean().default(true),
    }),
    output: z.strictObject({
      modified: z.array(statusFile),
      added: z.array(statusFile),
      deleted: z.array(statusFile),
      renamed: z.array(z.strictObject({ path: z.string(), from: z.string() })),
      hasChanges: z.boolean(),
      ignored: z.array(z.string()).optional(),
      conflicts: z
        .array(z.string())
        .describe('Changed here and in the project, in ways that cannot be merged.'),
      behind: countField.describe('Changes of the project since the fork.'),
    }),
    run: async ({ afs }, { workspace, ...options }) =>
      (await afs.workspace.get(workspace)).status(options),
  }),
  define({
    name: 'workspace.refresh',
    title: 'Refresh ignored content',
    summary:
      'Takes what the project has and does not version, such as node_modules, as it is now; undo takes that back.',
    effect: 'write',
    idempotent: true,
    input: z.strictObject({
      workspace: workspaceField,
      paths: z.array(z.string()).optional().describe('Default all but .git.'),
      force: z.boolean().default(false).describe('Also what the workspace has changed itself.'),
    }),
    output: z.strictObject({
      ignored: ignoredShape.nullable().describe('What is different now.'),
      overruled: z.array(z.string()).describe('What the workspace had changed itself.'),
      operationId: countField.nullable(),
      warnings: z.array(warningShape),
    }),
    run: async ({ afs, signal }, { workspace, paths, force }) => {
      const result = await (await afs.workspace.get(workspace)).refresh(paths, { force, signal });
      return { ...result, warnings: result.warnings.map(plainWarning) };
    },
  }),
  define({
    name: 'workspace.diff',
    title: 'Show the differences',
    summary:
      'Shows what a workspace has changed since its fork, or against another tree, as a patch.',
    effect: 'read',
    idempotent: true,
    input: z.strictObject({
      workspace: workspaceField,
      against: z
        .string()
        .optional()
        .describe('base, a snapshot, another workspace, or a commit; default the fork.'),
      include: globsField,
      exclude: globsField,
      context: countField.optional().describe('Lines around each change; default 3.'),
      stat: z.boolean().optional().describe('A summary instead of a patch.'),
      nameOnly: z.boolean().optional().describe('The paths alone.'),
    }),
    output: z.strictObject(diffFields),
    run: async ({ afs }, { workspace, ...options }) =>
      diffForm(await (await afs.workspace.get(workspace)).diff(options)),
  }),
];

/**
 * A time of the input; wrong ones are told by the library.
 */
function dateOf(time: string | null | undefined): Date | null | undefined {
  return time === null || time === undefined ? time : new Date(time);
}
