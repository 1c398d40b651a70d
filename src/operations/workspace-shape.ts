/** A workspace as JSON has it. */

import * as z from 'zod';
import type { PackageCache, Workspace } from '../index.ts';
import { countField, timeField } from './fields.ts';
import type { JsonForm } from './json-form.ts';

/** What is said of a workspace. */
type WorkspaceForm = Pick<
  Workspace,
  | 'name'
  | 'id'
  | 'description'
  | 'tags'
  | 'agentId'
  | 'owner'
  | 'readOnly'
  | 'expires'
  | 'parent'
  | 'state'
  | 'createdAt'
  | 'updatedAt'
  | 'fork'
  | 'sandbox'
  | 'limits'
  | 'caches'
>;

/** Bounds of commands; what is absent is not bounded. */
export const limitsShape: z.ZodType<Workspace['limits']> = z
  .strictObject({
    memoryBytes: countField.optional(),
    processes: countField.optional(),
    cpuSeconds: countField.optional(),
    diskBytes: countField.optional(),
    runtimeMs: countField.optional(),
    outputBytes: countField.optional(),
    idleMs: countField.optional().describe('Time without output that ends a command.'),
    network: z.literal('none').optional().describe('No network.'),
  })
  .meta({ id: 'Limits' });

/** The isolation that commands must have. */
export const sandboxField: z.ZodEnum<{
  none: 'none';
  standard: 'standard';
  restricted: 'restricted';
}> = z.enum(['none', 'standard', 'restricted']);

/** A package manager whose cache can be kept between commands. */
export const cacheField: z.ZodEnum<{ [Name in PackageCache]: Name }> = z.enum([
  ...(['npm', 'pnpm', 'yarn', 'pip', 'uv', 'cargo', 'go', 'gradle'] as const),
]);

/** A workspace, as {@link workspaceForm} gives it. */
export const workspaceShape: z.ZodType<JsonForm<WorkspaceForm>> = z
  .strictObject({
    name: z.string(),
    id: z.string().describe('Stays when the workspace is renamed.'),
    description: z.string(),
    tags: z.array(z.string()),
    agentId: z.string().nullable(),
    owner: z.string().nullable(),
    readOnly: z.boolean(),
    expires: timeField.nullable(),
    parent: z.string().nullable().describe('The workspace that it was forked from.'),
    state: z.enum(['active', 'frozen', 'archived']),
    createdAt: timeField,
    updatedAt: timeField,
    fork: z.string().describe('Id of the tree that it started from.'),
    sandbox: sandboxField.nullable(),
    limits: limitsShape,
    caches: z.array(z.string()).nullable().describe('Caches that its commands find; null for all.'),
  })
  .meta({ id: 'Workspace' });

/** A workspace as plain data. */
export function workspaceForm(workspace: Workspace): WorkspaceForm {
  const { name, id, description, tags, agentId, owner, readOnly, expires, parent } = workspace;
  const { state, createdAt, updatedAt, fork, sandbox, limits, caches } = workspace;
  return {
    ...{ name, id, description, tags, agentId, owner, readOnly, expires, parent, state },
    ...{ createdAt, updatedAt, fork, sandbox, limits, caches },
  };
}
