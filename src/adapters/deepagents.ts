/** A workspace as the backend of Deep Agents: `createDeepAgent({ backend: toSandboxBackend(workspace) })`. */

import { isUtf8 } from 'node:buffer';
import { AgentFSError, type FileInfo, type RunOptions, type Workspace } from '../index.ts';
import { matchingFiles } from '../operations/matching-files.ts';
import { searchFiles } from '../operations/search-files.ts';
import { compileSelection } from '../primitives/glob.ts';
import { runInWorkspace } from './run-in-workspace.ts';
import { inWorkspace } from './workspace-path.ts';

/** What the backend says of a path. */
export interface BackendFile {
  path: string;
  is_dir: boolean;
  size: number;
  modified_at: string;
}

type FileProblem = 'file_not_found' | 'permission_denied' | 'is_directory' | 'invalid_path';

/** The `SandboxBackendProtocolV2` of Deep Agents, structurally. */
export interface SandboxBackend {
  readonly id: string;
  ls(path: string): Promise<{ error?: string; files?: BackendFile[] }>;
  read(
    path: string,
    offset?: number,
    limit?: number,
  ): Promise<{
    error?: string;
    content?: string | Uint8Array;
    mimeType?: string;
    totalLines?: number;
    startLine?: number;
    endLine?: number;
    nextOffset?: number;
  }>;
  readRaw(path: string): Promise<{
    error?: string;
    data?: {
      content: string | Uint8Array;
      mimeType: string;
      created_at: string;
      modified_at: string;
    };
  }>;
  write(path: string, content: string): Promise<{ error?: string; path?: string }>;
  edit(
    path: string,
    oldString: string,
    newString: string,
    replaceAll?: boolean,
  ): Promise<{ error?: string; path?: string; occurrences?: number }>;
  grep(
    pattern: string,
    path?: string | null,
    glob?: string | null,
    maxCount?: number | null,
  ): Promise<{
    error?: string;
    matches?: { path: string; line: number; text: string }[];
    truncated?: boolean;
  }>;
  glob(pattern: string, path?: string): Promise<{ error?: string; files?: BackendFile[] }>;
  delete(path: string): Promise<{ error?: string; path?: string }>;
  execute(
    command: string,
  ): Promise<{ output: string; exitCode: number | null; truncated: boolean }>;
  uploadFiles(
    files: [string, Uint8Array][],
  ): Promise<{ path: string; error: FileProblem | null }[]>;
  downloadFiles(
    paths: string[],
  ): Promise<{ path: string; content: Uint8Array | null; error: FileProblem | null }[]>;
}

const LINES = 500;
const MOST_MATCHES = 10_000;
const TEXT = 'text/plain';
const BINARY = 'application/octet-stream';

/**
 * A workspace as a backend with commands. Failures are values, as the protocol has them.
 *
 * @param options - of each command, such as `timeout` and `sandbox`.
 * @example const agent = createDeepAgent({ model, backend: toSandboxBackend(workspace) });
 */
export function toSandboxBackend(
  workspace: Workspace,
  options: Omit<RunOptions, 'encoding' | 'tty'> = {},
): SandboxBackend {
  const at = (path: string): string => inWorkspace(workspace, path);
  return {
    id: workspace.id,
    ...contentsOf(workspace, at),
    ...searchIn(workspace, at),
    ...transfersOf(workspace, at),
    execute: async (command) => {
      const { stdout, stderr, exitCode } = await runInWorkspace(workspace, command, options);
      return { output: stdout + stderr, exitCode, truncated: false };
    },
  };
}

type At = (path: string) => string;

function contentsOf(
  workspace: Workspace,
  at: At,
): Pick<SandboxBackend, 'ls' | 'read' | 'readRaw' | 'write' | 'edit' | 'delete'> {
  return {
    ls: (path) =>
      asResult(async () => ({ files: (await workspace.listDir(at(path))).map(toFile) })),
    read: (path, offset = 0, limit = LINES) =>
      asResult(async () => pageOf(await workspace.readFile(at(path)), offset, limit)),
    readRaw: (path) =>
      asResult(async () => {
        const [bytes, { mtime }] = [
          await workspace.readFile(at(path)),
          await workspace.stat(at(path)),
        ];
        const time = mtime.toISOString();
        return { data: { ...contentOf(bytes), created_at: time, modified_at: time } };
      }),
    write: (path, content) =>
      asResult(async () => {
        await workspace.writeFile(at(path), content);
        return { path };
      }),
    edit: (path, oldString, newString, replaceAll = false) =>
      asResult(async () => {
        const parts = (await workspace.readText(at(path))).split(oldString);
        const occurrences = parts.length - 1;
        if (oldString === '' || occurrences === 0)
          return { error: `String not found in '${path}'.` };
        if (occurrences > 1 && !replaceAll) {
          return { error: `String appears ${occurrences} times in '${path}'; give more context.` };
        }
        await workspace.writeFile(at(path), parts.join(newString));
        return { path, occurrences };
      }),
    delete: (path) =>
      asResult(async () => {
        await workspace.delete(at(path), { recursive: true });
        return { path };
      }),
  };
}

function searchIn(workspace: Workspace, at: At): Pick<SandboxBackend, 'grep' | 'glob'> {
  return {
    grep: (pattern, path, glob, maxCount) =>
      asResult(async () => {
        const limit = Math.min(maxCount ?? MOST_MATCHES, MOST_MATCHES);
        const include = glob === null || glob === undefined ? undefined : [glob];
        const files = await matchingFiles(workspace, at(path ?? '/'), { include });
        const search = { path: path ?? '/', text: pattern, ignoreCase: false, limit };
        const { signal } = new AbortController();
        const whole = files.filter((file) => file.isFile());
        const { matches, nextCursor } = await searchFiles(workspace, whole, search, signal);
        const lines = matches.map(({ path: found, line = 0, text = '' }) => ({
          path: `/${found}`,
          line,
          text,
        }));
        return { matches: lines, truncated: nextCursor !== undefined };
      }),
    glob: (pattern, path = '/') =>
      asResult(async () => {
        const isSelected = compileSelection([pattern.replace(/^\//, '')], undefined);
        const root = (await workspace.stat(at(path))).path;
        const files = await workspace.listDir(at(path), { recursive: true });
        const below = (file: FileInfo): string =>
          file.path.slice(root === '' ? 0 : root.length + 1);
        return { files: files.filter((file) => isSelected(below(file) as never)).map(toFile) };
      }),
  };
}

function transfersOf(
  workspace: Workspace,
  at: At,
): Pick<SandboxBackend, 'uploadFiles' | 'downloadFiles'> {
  return {
    uploadFiles: (files) =>
      inTurn(files, async ([path, content]) => {
        const error = await problemOf(() => workspace.writeFile(at(path), content));
        return { path, error };
      }),
    downloadFiles: (paths) =>
      inTurn(paths, async (path) => {
        let content: Uint8Array | null = null;
        const error = await problemOf(async () => {
          content = await workspace.readFile(at(path));
        });
        return { path, content, error };
      }),
  };
}

/** What the library refuses is a value here; what is wrong with the host is thrown. */
async function asResult<T>(action: () => Promise<T>): Promise<T | { error: string }> {
  try {
    return await action();
  } catch (error) {
    if (error instanceof AgentFSError)
      return { error: `${error.message} ${error.hint ?? ''}`.trim() };
    throw error;
  }
}

async function problemOf(action: () => Promise<void>): Promise<FileProblem | null> {
  try {
    await action();
    return null;
  } catch (error) {
    if (!(error instanceof AgentFSError)) throw error;
    if (error.code === 'ENOENT') return 'file_not_found';
    if (error.code === 'EISDIR') return 'is_directory';
    return error.code === 'INVALID_PATH' || error.code === 'ENOTDIR'
      ? 'invalid_path'
      : 'permission_denied';
  }
}

async function inTurn<T, Result>(
  items: readonly T[],
  action: (item: T) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  for (const item of items) results.push(await action(item));
  return results;
}

function contentOf(bytes: Buffer): { content: string | Uint8Array; mimeType: string } {
  const isText = !bytes.subarray(0, 8000).includes(0) && isUtf8(bytes);
  return isText
    ? { content: bytes.toString('utf8'), mimeType: TEXT }
    : { content: new Uint8Array(bytes), mimeType: BINARY };
}

function pageOf(
  bytes: Buffer,
  offset: number,
  limit: number,
): Awaited<ReturnType<SandboxBackend['read']>> {
  const { content, mimeType } = contentOf(bytes);
  if (typeof content !== 'string') return { content, mimeType };
  const lines = content.split('\n');
  const totalLines = lines.at(-1) === '' ? lines.length - 1 : lines.length;
  if (totalLines === 0) return { content, mimeType, totalLines };
  if (offset >= totalLines) {
    return { error: `Line offset ${offset} exceeds file length (${totalLines} lines)` };
  }
  const end = Math.min(offset + limit, totalLines);
  const isLast = end === totalLines;
  return {
    content: lines.slice(offset, isLast ? lines.length : end).join('\n'),
    ...{ mimeType, totalLines, startLine: offset + 1, endLine: end },
    ...(!isLast && { nextOffset: end }),
  };
}

function toFile(info: FileInfo): BackendFile {
  const isDirectory = info.isDirectory();
  return {
    path: `/${info.path}${isDirectory ? '/' : ''}`,
    is_dir: isDirectory,
    size: info.size,
    modified_at: info.mtime.toISOString(),
  };
}
