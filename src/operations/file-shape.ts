/** A file as JSON has it. */

import * as z from 'zod';
import type { FileInfo } from '../index.ts';
import { countField, timeField } from './fields.ts';
import type { JsonForm } from './json-form.ts';

/** What is said of a file, directory or link. */
type FileForm = Pick<FileInfo, 'name' | 'path' | 'kind' | 'size' | 'mode' | 'mtime' | 'origin'> & {
  readonly hash?: string | undefined;
  readonly target?: string | undefined;
};

/** A file, directory or link, as {@link fileForm} gives it. */
export const fileShape: z.ZodType<JsonForm<FileForm>> = z
  .strictObject({
    name: z.string(),
    path: z.string(),
    kind: z.enum(['file', 'directory', 'symlink']),
    size: countField.describe('Bytes; 0 for a directory.'),
    mode: countField.describe('Permission bits.'),
    mtime: timeField,
    origin: z
      .enum(['workspace', 'ignored'])
      .describe('ignored: not versioned, read through from the project.'),
    hash: z.string().optional(),
    target: z.string().optional().describe('Where a symbolic link points to.'),
  })
  .meta({ id: 'File' });

/** A file, directory or link as plain data. */
export function fileForm(info: FileInfo): FileForm {
  const { name, path, kind, size, mode, mtime, origin, hash, target } = info;
  return { name, path, kind, size, mode, mtime, origin, hash, target };
}
