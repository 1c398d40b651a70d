/** Several changes of files as one, and the changes that are about names and permissions alone. */

import * as z from 'zod';
import type { BatchOp } from '../index.ts';
import { bytesOf } from './content-bytes.ts';
import { countField, encodingField, pathField, workspaceField } from './fields.ts';
import { define, type Operation } from './operation.ts';

const modeField = z.int().min(0).max(0o777).describe('Permission bits.');

const content = { content: z.string(), encoding: encodingField };

const change = z
  .discriminatedUnion('type', [
    z.strictObject({
      type: z.literal('write'),
      path: pathField,
      ...content,
      mode: modeField.optional(),
    }),
    z.strictObject({ type: z.literal('append'), path: pathField, ...content }),
    z.strictObject({ type: z.literal('delete'), path: pathField }),
    z.strictObject({ type: z.literal('copy'), from: pathField, to: pathField }),
    z.strictObject({ type: z.literal('move'), from: pathField, to: pathField }),
    z.strictObject({ type: z.literal('mkdir'), path: pathField }),
    z.strictObject({ type: z.literal('chmod'), path: pathField, mode: modeField }),
    z.strictObject({ type: z.literal('symlink'), path: pathField, target: z.string() }),
  ])
  .describe('Deletes directories with all in them, and replaces what is in the way of a move.');

/** The operations that change files, but not only the content of one. */
export const FILE_BATCH_OPERATIONS: readonly Operation[] = [
  define({
    name: 'file.batch',
    title: 'Change several files',
    summary: 'Makes several changes of files in their order: all of them, or none.',
    effect: 'write',
    idempotent: false,
    input: z.strictObject({
      workspace: workspaceField,
      operations: z.array(change).max(10_000),
    }),
    output: z.strictObject({
      operations: countField,
      paths: z.array(z.string()),
      bytes: countField.describe('That were written.'),
    }),
    run: async ({ afs }, { workspace: name, operations }) => {
      const workspace = await afs.workspace.get(name);
      return workspace.batch(operations.map(batchOp));
    },
  }),
  define({
    name: 'file.setMode',
    title: 'Change permissions',
    summary: 'Sets the permission bits of a file or directory.',
    effect: 'write',
    idempotent: true,
    input: z.strictObject({ workspace: workspaceField, path: pathField, mode: modeField }),
    output: z.strictObject({ path: z.string() }),
    run: async ({ afs }, { workspace, path, mode }) => {
      await (await afs.workspace.get(workspace)).chmod(path, mode);
      return { path };
    },
  }),
  define({
    name: 'file.link',
    title: 'Make a symbolic link',
    summary: 'Makes a symbolic link, and the directories that it is to be in.',
    effect: 'write',
    idempotent: false,
    input: z.strictObject({
      workspace: workspaceField,
      path: pathField,
      target: z.string().describe('What it leads to, as it is to be written into the link.'),
    }),
    output: z.strictObject({ path: z.string() }),
    run: async ({ afs }, { workspace, path, target }) => {
      await (await afs.workspace.get(workspace)).symlink(target, path);
      return { path };
    },
  }),
];

function batchOp(operation: z.output<typeof change>): BatchOp {
  if (operation.type === 'write') {
    const { path, content: text, encoding, mode } = operation;
    const bytes = bytesOf(path, text, encoding);
    return { type: 'write', path, content: bytes, ...(mode === undefined ? {} : { mode }) };
  }
  if (operation.type === 'append') {
    const { path, content: text, encoding } = operation;
    return { type: 'append', path, content: bytesOf(path, text, encoding) };
  }
  return operation;
}
