/** A workspace as the session file system of the Copilot SDK: `createSessionFsAdapter(...)`. */

import type { FileStats, Workspace } from '../index.ts';

/** What the Copilot SDK is told of a path. */
export interface CopilotFileInfo {
  isFile: boolean;
  isDirectory: boolean;
  size: number;
  mtime: string;
  birthtime: string;
}

/** The `SessionFsProvider` of the Copilot SDK, structurally, without its database. */
export interface CopilotSessionFs {
  readFile(path: string): Promise<string>;
  writeFile(path: string, content: string, mode?: number): Promise<void>;
  appendFile(path: string, content: string, mode?: number): Promise<void>;
  exists(path: string): Promise<boolean>;
  stat(path: string): Promise<CopilotFileInfo>;
  mkdir(path: string, recursive: boolean, mode?: number): Promise<void>;
  readdir(path: string): Promise<string[]>;
  readdirWithTypes(path: string): Promise<{ name: string; type: 'file' | 'directory' }[]>;
  rm(path: string, recursive: boolean, force: boolean): Promise<void>;
  rename(source: string, target: string): Promise<void>;
}

/**
 * Keeps the files of a Copilot session in a workspace. The session's SQLite database is not part of
 * it: leave `sqlite` out of the capabilities.
 *
 * @example createSessionFsHandler: () => createSessionFsAdapter(toSessionFs(workspace))
 */
export function toSessionFs(workspace: Workspace): CopilotSessionFs {
  const { fs } = workspace;
  return {
    readFile: (path) => fs.readFile(path, 'utf8'),
    writeFile: (path, content, mode) => workspace.writeFile(path, content, bits(mode)),
    appendFile: (path, content, mode) => workspace.appendFile(path, content, bits(mode)),
    exists: (path) => workspace.exists(path),
    stat: async (path) => toInfo(await fs.stat(path)),
    mkdir: async (path, recursive, mode) => {
      await fs.mkdir(path, { recursive, ...(mode !== undefined && { mode }) });
    },
    readdir: (path) => fs.readdir(path),
    readdirWithTypes: async (path) => {
      const found = await fs.readdir(path, { withFileTypes: true });
      return found.map((each) => ({
        name: each.name,
        type: each.isDirectory() ? 'directory' : 'file',
      }));
    },
    rm: (path, recursive, force) => workspace.delete(path, { recursive, force }),
    rename: (source, target) => fs.rename(source, target),
  };
}

function bits(mode: number | undefined): { mode: number | undefined } {
  return { mode: mode === undefined ? undefined : mode & 0o777 };
}

function toInfo(stats: FileStats): CopilotFileInfo {
  return {
    isFile: stats.isFile(),
    isDirectory: stats.isDirectory(),
    size: stats.size,
    mtime: stats.mtime.toISOString(),
    birthtime: stats.birthtime.toISOString(),
  };
}
