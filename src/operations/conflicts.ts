/** What a workspace and the project disagree on, and settling it. */

import * as z from 'zod';
import { conflictShape } from './change-shape.ts';
import { mergeForm, mergeShape } from './conflict-fields.ts';
import { bytesOf } from './content-bytes.ts';
import { encodingField, pathField, workspaceField } from './fields.ts';
import { define, type Operation } from './operation.ts';

const decision = z.strictObject({
  path: pathField,
  choice: z
    .enum(['ours', 'theirs', 'content'])
    .describe("The workspace's side, the project's, or what is given here."),
  content: z.string().optional().describe('With choice content: the file as it is to be.'),
  encoding: encodingField,
});

/** The operations on conflicts with the project. */
export const CONFLICT_OPERATIONS: readonly Operation[] = [
  define({
    name: 'workspace.conflicts',
    title: 'List conflicts',
    summary: 'Lists where a workspace and the project as it is now have changed the same places.',
    effect: 'read',
    idempotent: true,
    input: z.strictObject({ workspace: workspaceField }),
    output: z.strictObject({ conflicts: z.array(conflictShape) }),
    run: async ({ afs, signal }, { workspace }) => {
      const { left } = await afs.workspace.checkMerge([workspace], signal);
      return { conflicts: left.flatMap(({ conflicts }) => conflicts) };
    },
  }),
  define({
    name: 'workspace.resolve',
    title: 'Settle conflicts',
    summary: "Brings the project's changes into a workspace, with a decision for each conflict.",
    effect: 'write',
    idempotent: false,
    input: z.strictObject({
      workspace: workspaceField,
      decisions: z.array(decision).min(1).max(10_000),
      wholeFile: z.boolean().optional().describe('Takes whole files, not only the lines.'),
    }),
    output: mergeShape,
    run: async ({ afs, signal }, { workspace: name, decisions, wholeFile }) => {
      const workspace = await afs.workspace.get(name);
      const contents = decisions
        .filter(({ choice }) => choice === 'content')
        .map(({ path, content = '', encoding }) => [path, bytesOf(path, content, encoding)]);
      const pathsOf = (side: string): string[] =>
        decisions.filter(({ choice }) => choice === side).map(({ path }) => path);
      const sides = { ours: pathsOf('ours'), theirs: pathsOf('theirs') };
      const settled = { ...sides, contents: Object.fromEntries(contents), wholeFile, signal };
      return mergeForm(await workspace.rebase(settled));
    },
  }),
];
