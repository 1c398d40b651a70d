/** All below a directory that glob patterns select. */

import type { FileInfo, Workspace } from '../index.ts';
import { compileSelection } from '../primitives/glob.ts';

/**
 * Lists what is below a directory, selected by patterns for paths from the root of the workspace.
 *
 * @throws {AgentFSError} INVALID_PATTERN; what `listDir` throws.
 */
export async function matchingFiles(
  workspace: Workspace,
  path: string,
  patterns: {
    readonly include?: readonly string[] | undefined;
    readonly exclude?: readonly string[] | undefined;
  },
): Promise<FileInfo[]> {
  const isSelected = compileSelection(patterns.include, patterns.exclude);
  const all = await workspace.listDir(path, { recursive: true });
  return all.filter((file) => isSelected(file.path as never));
}
