/** What callers say about conflicts, the same in all operations that merge. */

import * as z from 'zod';

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
