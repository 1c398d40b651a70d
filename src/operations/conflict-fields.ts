/** What callers say about conflicts, and what becomes of it, in all operations that merge. */

import * as z from 'zod';
import type { MergeResult } from '../index.ts';
import { capped, changeFields, decidedShape } from './change-shape.ts';
import { countField } from './fields.ts';
import type { JsonForm } from './json-form.ts';

type Paths = z.ZodOptional<z.ZodArray<z.ZodString>>;

interface Fields<Choice extends string> {
  readonly onConflict: z.ZodOptional<z.ZodEnum<{ readonly [choice in Choice]: choice }>>;
  readonly wholeFile: z.ZodOptional<z.ZodBoolean>;
  readonly ours: Paths;
  readonly theirs: Paths;
}

const paths = z.array(z.string()).optional();

const fields = {
  wholeFile: z
    .boolean()
    .optional()
    .describe('Takes whole files of a side, not only the lines in conflict.'),
  ours: paths.describe('Files or directories for which ours holds.'),
  theirs: paths.describe('Those for which theirs holds.'),
};

const meaning =
  "Where both changed the same lines, ours takes the workspace's side and theirs the other one; fail, the default, neither.";

/** Of operations that change more than a workspace. */
export const conflictFields: Fields<'fail' | 'ours' | 'theirs'> = {
  onConflict: z.enum(['fail', 'ours', 'theirs']).optional().describe(meaning),
  ...fields,
};

/** Of those that change a workspace, in which both sides can be left to be edited. */
export const workspaceConflictFields: Fields<'fail' | 'ours' | 'theirs' | 'markers'> = {
  onConflict: z
    .enum(['fail', 'ours', 'theirs', 'markers'])
    .optional()
    .describe(`${meaning} markers puts both into the text.`),
  ...fields,
};

/** What a merge has done. */
type MergeForm = ReturnType<typeof mergeForm>;

/** What was merged, and what was decided about the rest. */
export const mergedFields: {
  readonly merged: z.ZodArray<z.ZodString>;
  readonly conflicts: z.ZodArray<typeof decidedShape>;
} = {
  merged: z.array(z.string()).describe('Paths that were merged line by line.'),
  conflicts: z.array(decidedShape).describe('What both sides had changed, as decided.'),
};

/** What a merge has done to a workspace. */
export const mergeShape: z.ZodType<JsonForm<MergeForm>> = z
  .strictObject({
    ...changeFields,
    ...mergedFields,
    operationId: countField.describe('The step that undo can take back; 0 when nothing changed.'),
  })
  .meta({ id: 'Merge' });

/** The result of a merge as plain data. */
export function mergeForm({
  changes,
  ...result
}: MergeResult): Omit<MergeResult, 'changes'> & ReturnType<typeof capped> {
  return { ...result, ...capped(changes) };
}
