/** A workspace as the sandbox of bash-tool: `createBashTool({ sandbox: toBashSandbox(workspace) })`. */

import type { RunOptions, Workspace } from '../index.ts';
import { type CommandOutcome, runInWorkspace } from './run-in-workspace.ts';
import { inWorkspace } from './workspace-path.ts';

/** The `Sandbox` of bash-tool, structurally. */
export interface BashSandbox {
  executeCommand(command: string): Promise<CommandOutcome>;
  readFile(path: string): Promise<string>;
  writeFiles(files: { path: string; content: string | Buffer }[]): Promise<void>;
}

/**
 * Runs the commands of bash-tool in a workspace. Several files are written all or not at all.
 *
 * @param options - of each command, such as `timeout` and `sandbox`.
 * @example
 * const { tools } = await createBashTool({ sandbox: toBashSandbox(workspace), destination: '.' });
 */
export function toBashSandbox(
  workspace: Workspace,
  options?: Omit<RunOptions, 'encoding'>,
): BashSandbox {
  return {
    executeCommand: (command) => runInWorkspace(workspace, command, options),
    readFile: (path) => workspace.readText(inWorkspace(workspace, path)),
    writeFiles: async (files) => {
      await workspace.batch((batch) => {
        for (const { path, content } of files) {
          batch.writeFile(inWorkspace(workspace, path), content);
        }
      });
    },
  };
}
