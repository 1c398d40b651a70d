/** A commit into the base as JSON has it. */

import * as z from 'zod';
import type { CommitOutcome, CommitResult, FileChange } from '../index.ts';
import { capped, changeFields, decidedShape } from './change-shape.ts';
import { timeField } from './fields.ts';
import type { JsonForm } from './json-form.ts';

/** What is said of a commit. */
type CommitForm = Omit<CommitResult, 'length'> &
  Partial<Pick<CommitOutcome, 'conflicts'>> & { readonly changeCount: number };

/** A commit, as {@link commitForm} gives it. */
export const commitShape: z.ZodType<JsonForm<CommitForm>> = z
  .strictObject({
    id: z.string(),
    parent: z.string().nullable(),
    message: z.string(),
    author: z.strictObject({ name: z.string(), email: z.string() }),
    workspace: z.string().describe('Where it came from; empty for a revert.'),
    createdAt: timeField,
    reverts: z.string().nullable().describe('Id of the commit that it takes back.'),
    merged: z.array(z.string()).describe('Paths that were merged line by line.'),
    conflicts: z
      .array(decidedShape)
      .optional()
      .describe('What both sides had changed, as decided; of a commit that was made just now.'),
    warnings: z.array(z.string()),
    ...changeFields,
  })
  .meta({ id: 'Commit' });

/** A commit as plain data. */
export function commitForm(
  commit: CommitResult | CommitOutcome,
): CommitForm & { changes: readonly FileChange[] } {
  const { id, parent, message, author, workspace, createdAt, reverts, merged, warnings } = commit;
  return {
    ...{ id, parent, message, author, workspace, createdAt, reverts, merged, warnings },
    ...('conflicts' in commit ? { conflicts: commit.conflicts } : {}),
    ...capped(commit.changes),
  };
}
