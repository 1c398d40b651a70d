/** A workspace as a tar archive, and as files on disk. */

import { Readable } from 'node:stream';
import * as z from 'zod';
import { AgentFSError, FileSystemError } from '../index.ts';
import { capped, changeFields } from './change-shape.ts';
import { bytesOf } from './content-bytes.ts';
import { countField, MAX_CONTENT_BYTES, workspaceField } from './fields.ts';
import { define, type Operation } from './operation.ts';

/** The operations on archives and materialised files. */
export const ARCHIVE_OPERATIONS: readonly Operation[] = [
  define({
    name: 'workspace.export',
    title: 'Export a workspace',
    summary: 'Gives the files of a workspace, or of a snapshot of it, as a tar archive.',
    effect: 'read',
    idempotent: true,
    input: z.strictObject({
      workspace: workspaceField,
      snapshot: z.string().optional().describe('This snapshot of it.'),
      gzip: z.boolean().default(true).describe('Compressed.'),
    }),
    output: z.strictObject({
      content: z.string().describe('In base64.'),
      size: countField.describe('Bytes of the archive, at most 10 MiB.'),
    }),
    run: async ({ afs, signal }, { workspace, ...options }) => {
      const archive = (await afs.workspace.get(workspace)).exportTar(options);
      const pieces: Buffer[] = [];
      let size = 0;
      for await (const piece of archive) {
        pieces.push(piece);
        size += piece.length;
        if (size > MAX_CONTENT_BYTES) throw tooLarge(workspace);
        if (signal.aborted) throw new AgentFSError('ABORTED', 'The export was stopped.');
      }
      return { content: Buffer.concat(pieces).toString('base64'), size };
    },
  }),
  define({
    name: 'workspace.import',
    title: 'Import an archive',
    summary: 'Puts a tar archive over a workspace, all of it or nothing, or makes one of it.',
    effect: 'write',
    idempotent: false,
    input: z.strictObject({
      workspace: workspaceField,
      content: z.string().describe('The archive in base64, plain or with gzip.'),
      create: z.boolean().default(false).describe('Makes the workspace, with nothing else in it.'),
      replace: z.boolean().default(false).describe('Deletes what is not in the archive.'),
      allowOutsideSymlinks: z.boolean().optional(),
    }),
    output: z.strictObject({ workspace: z.string(), ...changeFields }),
    run: async ({ afs, signal }, { workspace: name, content, create, replace, ...rest }) => {
      const source = Readable.from([bytesOf('archive', content, 'base64')]);
      const options = { ...rest, signal };
      if (create) {
        const made = await afs.workspace.importTar(name, source, options);
        return { workspace: name, ...capped((await made.diff({ nameOnly: true })).changes) };
      }
      const workspace = await afs.workspace.get(name);
      const { changes } = await workspace.importTar(source, { ...options, replace });
      return { workspace: name, ...capped(changes) };
    },
  }),
  define({
    name: 'workspace.materialize',
    title: 'Show a workspace as files',
    summary: 'Writes a workspace to a directory for editors, and takes in what was edited there.',
    effect: 'write',
    idempotent: true,
    input: z.strictObject({ workspace: workspaceField }),
    output: z.strictObject({ path: z.string().describe('The directory, on the machine.') }),
    run: async ({ afs, holdings, signal }, { workspace: name }) => {
      const workspace = await afs.workspace.get(name);
      holdings.requireFree(workspace);
      return { path: await workspace.materialize({ signal }) };
    },
  }),
];

function tooLarge(workspace: string): FileSystemError {
  return new FileSystemError('EFBIG', `The archive of '${workspace}' is larger than 10 MiB.`, {
    hint: 'Read it as a stream, with stream.open in agentfs rpc, or run agentfs export.',
    details: { limit: MAX_CONTENT_BYTES },
  });
}
