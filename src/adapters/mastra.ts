/** A workspace as the file system and the sandbox of a Mastra workspace. */

import { type FileInfo, FileSystemError, type RunOptions, type Workspace } from '../index.ts';
import { absentAs } from './absent.ts';
import { inWorkspace } from './workspace-path.ts';

/** What Mastra is told of a path. */
export interface MastraFileStat {
  name: string;
  path: string;
  type: 'file' | 'directory';
  size: number;
  createdAt: Date;
  modifiedAt: Date;
}

/** What Mastra is told of an entry of a directory. */
export interface MastraFileEntry {
  name: string;
  type: 'file' | 'directory';
  size?: number;
  isSymlink?: boolean;
  symlinkTarget?: string;
}

interface Changes {
  recursive?: boolean;
  overwrite?: boolean;
  force?: boolean;
}

/** The `WorkspaceFilesystem` of Mastra, structurally. */
export interface MastraFilesystem {
  readonly id: string;
  readonly name: string;
  readonly provider: string;
  readonly readOnly: boolean;
  status: 'ready';
  getInstructions(): string;
  realpath(path: string): Promise<string>;
  readFile(path: string, options?: { encoding?: BufferEncoding }): Promise<string | Buffer>;
  writeFile(
    path: string,
    content: string | Buffer | Uint8Array,
    options?: Changes & { mimeType?: string; expectedMtime?: Date },
  ): Promise<void>;
  appendFile(path: string, content: string | Buffer | Uint8Array): Promise<void>;
  deleteFile(path: string, options?: Changes): Promise<void>;
  copyFile(source: string, target: string, options?: Changes): Promise<void>;
  moveFile(source: string, target: string, options?: Changes): Promise<void>;
  mkdir(path: string, options?: { recursive?: boolean }): Promise<void>;
  rmdir(path: string, options?: Changes): Promise<void>;
  readdir(
    path: string,
    options?: { recursive?: boolean; extension?: string | string[]; maxDepth?: number },
  ): Promise<MastraFileEntry[]>;
  exists(path: string): Promise<boolean>;
  stat(path: string): Promise<MastraFileStat>;
}

/** The `WorkspaceSandbox` of Mastra, structurally, as far as it runs commands to their end. */
export interface MastraSandbox {
  readonly id: string;
  readonly name: string;
  readonly provider: string;
  status: 'running';
  getInstructions(): string;
  snapshot(): Promise<void>;
  executeCommand(
    command: string,
    args?: string[],
    options?: {
      timeout?: number;
      env?: NodeJS.ProcessEnv;
      cwd?: string;
      abortSignal?: AbortSignal;
      onStdout?: (data: string) => void;
      onStderr?: (data: string) => void;
    },
  ): Promise<{
    success: boolean;
    exitCode: number;
    stdout: string;
    stderr: string;
    executionTimeMs: number;
    command: string;
    args: string[];
    timedOut: boolean;
    killed: boolean;
  }>;
}

/** The errors of Mastra, by which its tools tell what has happened: all that its module exports. */
export interface MastraErrors {
  readonly FileNotFoundError: new (path: string) => Error;
  readonly FileExistsError: new (path: string) => Error;
  readonly IsDirectoryError: new (path: string) => Error;
  readonly NotDirectoryError: new (path: string) => Error;
  readonly DirectoryNotFoundError: new (path: string) => Error;
  readonly DirectoryNotEmptyError: new (path: string) => Error;
  readonly StaleFileError: new (path: string, expected: Date, actual: Date) => Error;
}

/**
 * The files of a workspace for Mastra.
 *
 * @param errors - the module `@mastra/core/workspace`, whose errors its tools look for.
 * @example
 * import * as mastra from '@mastra/core/workspace';
 * new mastra.Workspace({ filesystem: toMastraFilesystem(ws, mastra), sandbox: toMastraSandbox(ws) });
 */
export function toMastraFilesystem(workspace: Workspace, errors: MastraErrors): MastraFilesystem {
  const { fs } = workspace;
  const on = onPath(workspace, errors);
  return {
    id: `agentfs-${workspace.id}`,
    name: 'AgentFSWorkspace',
    provider: 'agentfs',
    get readOnly() {
      return workspace.readOnly;
    },
    status: 'ready',
    getInstructions: () => 'A private copy of a project. "/" is its root.',
    realpath: (path) => on(path, (at) => fs.realpath(at)),
    readFile: (path, options) => on(path, (at) => fs.readFile(at, options)),
    writeFile: (path, content, options = {}) =>
      on(path, async (at) => {
        const { recursive = true, overwrite = true, expectedMtime } = options;
        if (expectedMtime !== undefined) await requireSame(workspace, errors, at, expectedMtime);
        const flag = overwrite ? 'w' : 'wx';
        if (recursive) await workspace.writeFile(at, content, { flag });
        else await fs.writeFile(at, content, { flag });
      }),
    appendFile: (path, content) => on(path, (at) => workspace.appendFile(at, content)),
    deleteFile: (path, { force = false } = {}) =>
      on(path, async (at) => {
        if (!force || (await workspace.exists(at))) await fs.unlink(at);
      }),
    copyFile: (source, target, { overwrite = true, recursive = false } = {}) =>
      on(source, (from) =>
        workspace.copy(from, inWorkspace(workspace, target), { overwrite, recursive }),
      ),
    moveFile: (source, target, { overwrite = true } = {}) =>
      on(source, (from) => workspace.move(from, inWorkspace(workspace, target), { overwrite })),
    mkdir: (path, { recursive = true } = {}) =>
      on(path, async (at) => {
        await fs.mkdir(at, { recursive });
      }),
    rmdir: (path, { recursive = false, force = false } = {}) =>
      on(
        path,
        async (at) => {
          if (!force || (await workspace.exists(at))) await fs.rmdir(at, { recursive });
        },
        errors.DirectoryNotFoundError,
      ),
    readdir: (path, options = {}) =>
      on(
        path,
        async (at) => {
          const root = (await workspace.stat(at)).path;
          const found = await workspace.listDir(at, { recursive: options.recursive ?? false });
          return entriesOf(found, root, options);
        },
        errors.DirectoryNotFoundError,
      ),
    exists: (path) => workspace.exists(inWorkspace(workspace, path)),
    stat: (path) => on(path, async (at) => toStat(await workspace.stat(at))),
  };
}

/**
 * Runs the commands of Mastra in a workspace.
 *
 * @param defaults - of each command, such as `timeout` and `sandbox`.
 */
export function toMastraSandbox(
  workspace: Workspace,
  defaults: Omit<RunOptions, 'encoding' | 'tty'> = {},
): MastraSandbox {
  return {
    id: `agentfs-${workspace.id}`,
    name: 'AgentFSWorkspace',
    provider: 'agentfs',
    status: 'running',
    getInstructions: () => 'Commands start in the root of a private copy of the project.',
    snapshot: async () => {
      await workspace.snapshot.temp();
    },
    executeCommand: async (command, args = [], options = {}) => {
      const { timeout, env, cwd, abortSignal, onStdout, onStderr } = options;
      const started = performance.now();
      const result = await workspace.run(args.length === 0 ? command : [command, ...args], {
        ...defaults,
        timeout: timeout ?? defaults.timeout,
        env: { ...defaults.env, ...env },
        workdir: cwd === undefined ? undefined : inWorkspace(workspace, cwd),
        signal: abortSignal,
      });
      const { stdout, stderr, timedOut, aborted } = result;
      if (stdout !== '') onStdout?.(stdout);
      if (stderr !== '') onStderr?.(stderr);
      return {
        success: !result.failed,
        exitCode: result.exitCode ?? 137,
        ...{ stdout, stderr, command, args, timedOut },
        executionTimeMs: performance.now() - started,
        killed: timedOut || aborted,
      };
    },
  };
}

type OnPath = <T>(
  path: string,
  action: (at: string) => Promise<T>,
  missing?: new (path: string) => Error,
) => Promise<T>;

/** Does something at a path of the workspace, and fails as Mastra expects it. */
function onPath(workspace: Workspace, errors: MastraErrors): OnPath {
  return async (path, action, missing = errors.FileNotFoundError) => {
    try {
      return await action(inWorkspace(workspace, path));
    } catch (error) {
      if (!(error instanceof FileSystemError)) throw error;
      const classes: Readonly<Record<string, (new (path: string) => Error) | undefined>> = {
        ENOENT: missing,
        EEXIST: errors.FileExistsError,
        EISDIR: errors.IsDirectoryError,
        ENOTDIR: errors.NotDirectoryError,
        ENOTEMPTY: errors.DirectoryNotEmptyError,
      };
      const Class = classes[error.code];
      throw Class === undefined ? error : Object.assign(new Class(path), { cause: error });
    }
  };
}

async function requireSame(
  workspace: Workspace,
  errors: MastraErrors,
  path: string,
  expected: Date,
): Promise<void> {
  const info = await absentAs(undefined, () => workspace.stat(path));
  if (info !== undefined && info.mtime.getTime() !== expected.getTime()) {
    throw new errors.StaleFileError(path, expected, info.mtime);
  }
}

function entriesOf(
  found: readonly FileInfo[],
  root: string,
  options: { recursive?: boolean; extension?: string | string[]; maxDepth?: number },
): MastraFileEntry[] {
  const extensions = options.extension === undefined ? undefined : [options.extension].flat();
  const depth = options.maxDepth ?? Number.POSITIVE_INFINITY;
  return found.flatMap((info) => {
    const name = info.path.slice(root === '' ? 0 : root.length + 1);
    if (name.split('/').length > depth) return [];
    const isWanted = extensions?.some((extension) => name.endsWith(extension)) ?? true;
    return info.isDirectory() || isWanted ? [toEntry(info, name)] : [];
  });
}

function toEntry(info: FileInfo, name: string): MastraFileEntry {
  const type = info.isDirectory() ? 'directory' : 'file';
  const link = info.target === undefined ? {} : { isSymlink: true, symlinkTarget: info.target };
  return { name, type, ...(type === 'file' && { size: info.size }), ...link };
}

function toStat({ name, path, kind, size, mtime }: FileInfo): MastraFileStat {
  const type = kind === 'directory' ? 'directory' : 'file';
  return { name, path: `/${path}`, type, size, createdAt: mtime, modifiedAt: mtime };
}
