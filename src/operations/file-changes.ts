/** Changing the files of a workspace. */

import * as z from 'zod';
import { errorCode } from '../primitives/errors.ts';
import { bytesOf } from './content-bytes.ts';
import { describeEdit, replaceTexts } from './edit-text.ts';
import { countField, encodingField, pathField, workspaceField } from './fields.ts';
import { inTurn } from './in-turn.ts';
import { define, type Operation } from './operation.ts';
import { readWholeText } from './read-part.ts';

const changedPath = z.strictObject({ path: z.string() });

const fromAndTo = z.strictObject({ from: z.string(), to: z.string() });

/** The operations that change files. */
export const FILE_CHANGE_OPERATIONS: readonly Operation[] = [
  define({
    name: 'file.write',
    title: 'Write a file',
    summary: 'Writes a file as a whole or appends to it, and makes its directories.',
    effect: 'write',
    idempotent: false,
    input: z.strictObject({
      workspace: workspaceField,
      path: pathField,
      content: z.string(),
      encoding: encodingField,
      append: z.boolean().default(false),
      create: z.boolean().default(false).describe('Fails when the file exists.'),
      mode: z.int().min(0).max(0o777).optional().describe('Permission bits.'),
      ifHash: z
        .string()
        .nullable()
        .optional()
        .describe('Only while file.stat gives this hash, or with null while there is nothing.'),
    }),
    output: z.strictObject({ path: z.string(), bytes: countField.describe('That were written.') }),
    run: async ({ afs }, { workspace, path, content, encoding, append, create, ...rest }) => {
      const data = bytesOf(path, content, encoding);
      const replaces = create ? 'wx' : 'w';
      const flag = append ? 'a' : replaces;
      await (await afs.workspace.get(workspace)).writeFile(path, data, { ...rest, flag });
      return { path, bytes: data.length };
    },
  }),
  define({
    name: 'file.edit',
    title: 'Edit a file',
    summary: 'Replaces exact pieces of a text file, all or none, and shows the change as a patch.',
    effect: 'write',
    idempotent: false,
    input: z.strictObject({
      workspace: workspaceField,
      path: pathField,
      edits: z
        .array(
          z.strictObject({
            oldText: z.string().min(1).describe('Must stand in one place of the file only.'),
            newText: z.string(),
            all: z.boolean().optional().describe('Replaces it wherever it stands.'),
          }),
        )
        .min(1)
        .max(1000),
      dryRun: z.boolean().default(false).describe('Only shows what would change.'),
    }),
    output: z.strictObject({
      path: z.string(),
      diff: z.string().describe('The change as a patch; empty when nothing changed.'),
      dryRun: z.boolean(),
    }),
    run: async ({ afs }, { workspace: name, path, edits, dryRun }) => {
      const workspace = await afs.workspace.get(name);
      // Edits of this process wait for each other, so that only others can get in between.
      return inTurn(workspace.id, async () => {
        for (;;) {
          const { hash = null } = await workspace.stat(path);
          const before = await readWholeText(workspace, path);
          const after = replaceTexts(before, edits);
          const result = { path, diff: describeEdit(path, before, after), dryRun };
          if (dryRun || after === before) return result;
          try {
            await workspace.writeFile(path, bytesOf(path, after, 'utf8'), { ifHash: hash });
            return result;
          } catch (error) {
            // Somebody else has come further: it is their text now that is to be edited.
            if (errorCode(error) !== 'FILE_CHANGED') throw error;
          }
        }
      });
    },
  }),
  define({
    name: 'file.delete',
    title: 'Delete a file',
    summary: 'Deletes a file, a link, or a directory.',
    effect: 'write',
    idempotent: false,
    input: z.strictObject({
      workspace: workspaceField,
      path: pathField,
      recursive: z.boolean().default(false).describe('Also a directory that is not empty.'),
      force: z.boolean().default(false).describe('Succeeds when there is nothing.'),
    }),
    output: changedPath,
    run: async ({ afs }, { workspace, path, ...options }) => {
      await (await afs.workspace.get(workspace)).delete(path, options);
      return { path };
    },
  }),
  define({
    name: 'file.move',
    title: 'Move a file',
    summary: 'Moves or renames a file or directory, and makes the directories of the new place.',
    effect: 'write',
    idempotent: false,
    input: z.strictObject({
      workspace: workspaceField,
      from: pathField,
      to: pathField,
      overwrite: z.boolean().default(false),
    }),
    output: fromAndTo,
    run: async ({ afs }, { workspace, from, to, overwrite }) => {
      await (await afs.workspace.get(workspace)).move(from, to, { overwrite });
      return { from, to };
    },
  }),
  define({
    name: 'file.copy',
    title: 'Copy a file',
    summary: 'Copies a file or directory; costs the same whatever its size.',
    effect: 'write',
    idempotent: false,
    input: z.strictObject({
      workspace: workspaceField,
      from: pathField,
      to: pathField,
      overwrite: z.boolean().default(false),
    }),
    output: fromAndTo,
    run: async ({ afs }, { workspace, from, to, overwrite }) => {
      await (await afs.workspace.get(workspace)).copy(from, to, { overwrite });
      return { from, to };
    },
  }),
  define({
    name: 'file.makeDirectory',
    title: 'Make a directory',
    summary: 'Makes a directory and those above it; one that is there already is fine.',
    effect: 'write',
    idempotent: true,
    input: z.strictObject({ workspace: workspaceField, path: pathField }),
    output: changedPath,
    run: async ({ afs }, { workspace, path }) => {
      await (await afs.workspace.get(workspace)).mkdir(path, { recursive: true });
      return { path };
    },
  }),
];
