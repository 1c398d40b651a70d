/** Reading and finding the files of a workspace. */

import * as z from 'zod';
import { AgentFSError } from '../index.ts';
import { reportOf } from './error-report.ts';
import {
  countField,
  cursorField,
  encodingField,
  globsField,
  limitField,
  liveField,
  MAX_CONTENT_BYTES,
  nextCursorField,
  pathField,
  workspaceField,
} from './fields.ts';
import { fileForm, fileShape } from './file-shape.ts';
import { treeNodeShape, treeOf } from './file-tree.ts';
import { matchingFiles } from './matching-files.ts';
import { define, type Operation } from './operation.ts';
import { pageOf } from './page.ts';
import { readPart } from './read-part.ts';
import { searchFiles } from './search-files.ts';

/** A limit below the longest character would give nothing. */
const LEAST_BYTES = 4;

const part = z.strictObject({
  path: z.string(),
  content: z.string(),
  encoding: z.enum(['utf8', 'base64']),
  size: countField.describe('Bytes of the whole file.'),
  nextOffset: countField.optional().describe('Where to go on; absent at the end of the file.'),
});

const failure = z.strictObject({
  path: z.string(),
  error: z.strictObject({
    code: z.string(),
    message: z.string(),
    hint: z.string(),
    details: z.record(z.string(), z.unknown()),
  }),
});

/** The operations that read files. */
export const FILE_OPERATIONS: readonly Operation[] = [
  define({
    name: 'file.read',
    title: 'Read a file',
    summary: 'Reads a file, or a part of it, as text or base64.',
    effect: 'read',
    idempotent: true,
    input: z.strictObject({
      workspace: workspaceField,
      path: pathField,
      encoding: z
        .enum(['utf8', 'base64', 'auto'])
        .default('utf8')
        .describe('utf8 for text, base64 for any bytes, auto for what fits.'),
      unit: z.enum(['bytes', 'lines']).default('bytes').describe('What offset and limit count.'),
      offset: z.int().default(0).describe('Where to begin; a negative line counts from the end.'),
      limit: z
        .int()
        .min(1)
        .max(MAX_CONTENT_BYTES)
        .optional()
        .describe('Default 1 MiB, or all lines.'),
      live: liveField,
    }),
    output: part,
    run: async ({ afs }, { workspace, path, limit, ...wanted }) => {
      const least = wanted.unit === 'bytes' ? LEAST_BYTES : 1;
      const most = limit === undefined ? undefined : Math.max(limit, least);
      return readPart(await afs.workspace.get(workspace), path, { ...wanted, limit: most });
    },
  }),
  define({
    name: 'file.readMany',
    title: 'Read several files',
    summary: 'Reads several files as text; one that cannot be read does not hinder the others.',
    effect: 'read',
    idempotent: true,
    input: z.strictObject({
      workspace: workspaceField,
      paths: z.array(z.string()).min(1).max(100),
      encoding: encodingField,
      live: liveField,
    }),
    output: z.strictObject({ files: z.array(z.union([part, failure])) }),
    run: async ({ afs }, { workspace: name, paths, encoding, live }) => {
      const workspace = await afs.workspace.get(name);
      let room = MAX_CONTENT_BYTES;
      const files: (z.output<typeof part> | z.output<typeof failure>)[] = [];
      for (const path of paths) {
        const limit = Math.max(Math.min(room, MAX_CONTENT_BYTES), LEAST_BYTES);
        const wanted = { encoding, unit: 'bytes', offset: 0, limit, live } as const;
        const file = await readPart(workspace, path, wanted).catch((error: unknown) => ({
          path,
          error: reportOf(error),
        }));
        if ('content' in file) room -= file.content.length;
        files.push(file);
      }
      return { files };
    },
  }),
  define({
    name: 'file.stat',
    title: 'Show a file',
    summary: 'Says what is at a path: its kind, size, permissions and time.',
    effect: 'read',
    idempotent: true,
    input: z.strictObject({
      workspace: workspaceField,
      path: pathField,
      follow: z.boolean().default(true).describe('Follows a symbolic link at the end.'),
      live: liveField,
    }),
    output: fileShape,
    run: async ({ afs }, { workspace: name, path, follow, live }) => {
      if (live === true && !follow) {
        throw new AgentFSError('INVALID_ARGUMENT', 'live looks where links lead.', {
          hint: 'Leave live or follow out.',
        });
      }
      const workspace = await afs.workspace.get(name);
      return fileForm(await (follow ? workspace.stat(path, { live }) : workspace.lstat(path)));
    },
  }),
  define({
    name: 'file.list',
    title: 'List a directory',
    summary: 'Lists a directory, on demand with all below it.',
    effect: 'read',
    idempotent: true,
    input: z.strictObject({
      workspace: workspaceField,
      path: pathField.default('/'),
      recursive: z.boolean().default(false),
      live: liveField,
      limit: limitField(1000, 10_000),
      cursor: cursorField,
    }),
    output: z.strictObject({
      files: z.array(fileShape),
      total: countField,
      nextCursor: nextCursorField,
    }),
    run: async ({ afs }, { workspace, path, recursive, live, ...wanted }) => {
      const all = await (await afs.workspace.get(workspace)).listDir(path, { recursive, live });
      const { items, ...page } = pageOf(all, wanted);
      return { files: items.map(fileForm), ...page };
    },
  }),
  define({
    name: 'file.tree',
    title: 'Show a directory as a tree',
    summary: 'Shows the names of all below a directory as a tree.',
    effect: 'read',
    idempotent: true,
    input: z.strictObject({
      workspace: workspaceField,
      path: pathField.default('/'),
      exclude: globsField,
      limit: limitField(1000, 10_000),
    }),
    output: z.strictObject({
      tree: z.array(treeNodeShape),
      total: countField.describe('Of files, links and directories, also those left out.'),
      truncated: z.boolean().describe('Whether there is more than limit allows.'),
    }),
    run: async ({ afs }, { workspace, path, exclude, limit }) => {
      const all = await matchingFiles(await afs.workspace.get(workspace), path, { exclude });
      const tree = treeOf(all.slice(0, limit));
      return { tree, total: all.length, truncated: all.length > limit };
    },
  }),
  define({
    name: 'file.search',
    title: 'Search files',
    summary: 'Finds files by their names, and lines by a text or a regular expression.',
    effect: 'read',
    idempotent: true,
    input: z.strictObject({
      workspace: workspaceField,
      path: pathField.default('/').describe('The directory to search.'),
      include: globsField,
      exclude: globsField,
      text: z.string().min(1).optional().describe('Text that a line has.'),
      regex: z.string().min(1).optional().describe('A regular expression that a line matches.'),
      ignoreCase: z.boolean().default(false),
      limit: limitField(100, 1000),
      cursor: cursorField,
    }),
    output: z.strictObject({
      matches: z.array(
        z.strictObject({
          path: z.string(),
          line: countField.optional().describe('From 1; absent when only names were looked for.'),
          text: z.string().optional(),
        }),
      ),
      nextCursor: nextCursorField,
    }),
    run: async ({ afs, signal }, { workspace: name, include, exclude, ...search }) => {
      const workspace = await afs.workspace.get(name);
      const files = await matchingFiles(workspace, search.path, { include, exclude });
      const regular = files.filter(({ kind }) => kind === 'file');
      return searchFiles(workspace, regular, search, signal);
    },
  }),
];
