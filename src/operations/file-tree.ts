/** A listing of a directory as a tree. */

import * as z from 'zod';
import type { FileInfo } from '../index.ts';

/** A file, a link, or a directory with what is in it. */
export interface TreeNode {
  readonly name: string;
  readonly kind: FileInfo['kind'];
  readonly children?: TreeNode[] | undefined;
}

/** The shape of {@link TreeNode}. */
export const treeNodeShape: z.ZodType<TreeNode> = z
  .strictObject({
    name: z.string(),
    kind: z.enum(['file', 'directory', 'symlink']),
    get children(): z.ZodOptional<z.ZodArray<z.ZodType<TreeNode>>> {
      return z.array(treeNodeShape).optional().describe('Of a directory only.');
    },
  })
  .meta({ id: 'TreeNode' });

/**
 * Puts a listing together as a tree.
 *
 * @param files - directories before what is in them, as `listDir` gives them.
 */
export function treeOf(files: readonly FileInfo[]): TreeNode[] {
  const top: TreeNode[] = [];
  const directories = new Map<string, TreeNode[]>();
  for (const { path, name, kind } of files) {
    const siblings = directories.get(path.slice(0, -name.length - 1)) ?? top;
    if (kind !== 'directory') {
      siblings.push({ name, kind });
      continue;
    }
    const children: TreeNode[] = [];
    directories.set(path, children);
    siblings.push({ name, kind, children });
  }
  return top;
}
