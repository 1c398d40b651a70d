/** Changes and conflicts as JSON has them. */

import * as z from 'zod';
import type { Conflict, DecidedConflict, DiffResult, FileChange } from '../index.ts';
import { countField, timeField } from './fields.ts';
import type { JsonForm } from './json-form.ts';

const MOST_CHANGES = 1000;

const version = {
  kind: z.enum(['file', 'directory', 'symlink']),
  hash: z.string(),
  size: countField,
  mode: countField,
};

const versionShape = z.strictObject(version).meta({ id: 'Version' });

const change = z
  .strictObject({
    type: z.enum(['added', 'modified', 'deleted', 'renamed', 'mode']),
    path: z.string(),
    from: z.string().optional().describe('Where a renamed file was before.'),
    kind: version.kind,
    before: versionShape.optional(),
    after: versionShape.optional(),
    binary: z.boolean().optional(),
    linesAdded: countField.optional(),
    linesRemoved: countField.optional(),
  })
  .meta({ id: 'Change' });

/** The fields of a result that has changes. */
export const changeFields: {
  readonly changes: z.ZodType<JsonForm<FileChange>[]>;
  readonly changeCount: z.ZodNumber;
} = {
  changes: z.array(change).describe(`By path, the first ${MOST_CHANGES}.`),
  changeCount: countField.describe('All changes, also those that are not listed.'),
};

/** The first changes of a list, and how many there are. */
export function capped(all: readonly FileChange[]): {
  readonly changes: readonly FileChange[];
  readonly changeCount: number;
} {
  return { changes: all.slice(0, MOST_CHANGES), changeCount: all.length };
}

/** The fields of a comparison. */
export const diffFields: {
  readonly text: z.ZodString;
  readonly changes: typeof changeFields.changes;
  readonly changeCount: z.ZodNumber;
  readonly stats: z.ZodType<JsonForm<DiffResult['stats']>>;
} = {
  text: z.string().describe('A patch for git apply; with stat a summary, with nameOnly paths.'),
  ...changeFields,
  stats: z.strictObject({ files: countField, insertions: countField, deletions: countField }),
};

/** A comparison as plain data. */
export function diffForm(diff: DiffResult): {
  readonly text: string;
  readonly changes: readonly FileChange[];
  readonly changeCount: number;
  readonly stats: DiffResult['stats'];
} {
  return { text: diff.text, stats: diff.stats, ...capped(diff.changes) };
}

const side = z.strictObject({ ...version, mtime: timeField }).optional();

const conflict = {
  path: z.string(),
  type: z
    .string()
    .describe('both-modified, both-added, local-delete, remote-delete or file-directory.'),
  base: side,
  local: side,
  remote: side,
};

/** A path on which two sides disagree. */
export const conflictShape: z.ZodType<JsonForm<Conflict>> = z
  .strictObject(conflict)
  .meta({ id: 'Conflict' });

/** One on which they disagreed, and what was decided. */
export const decidedShape: z.ZodType<JsonForm<DecidedConflict>> = z
  .strictObject({
    ...conflict,
    took: z
      .enum(['ours', 'theirs', 'markers', 'content'])
      .describe(
        'The side that was taken, overruling the other; markers when both are in the file.',
      ),
    hunks: countField.optional().describe('In how many places; absent for the whole path.'),
  })
  .meta({ id: 'DecidedConflict' });
