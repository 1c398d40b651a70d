/** A workspace for the AI SDK: as the sandbox of its agents, and as tools. */

import { Readable, Writable } from 'node:stream';
import { ReadableStream as WebStream } from 'node:stream/web';
import type * as z from 'zod';
import type { AgentFS, FileInfo, RunOptions, Workspace } from '../index.ts';
import { Holdings } from '../operations/holdings.ts';
import { invalidInput } from '../operations/invalid-input.ts';
import type { Operation, OperationContext } from '../operations/operation.ts';
import { findOperation, offeredOperations } from '../operations/table.ts';
import { absentAs } from './absent.ts';
import { type CommandOutcome, runInWorkspace } from './run-in-workspace.ts';
import { startCommand } from './running-command.ts';
import { inWorkspace } from './workspace-path.ts';

interface PathOptions {
  path: string;
  abortSignal?: AbortSignal;
}

interface CommandOptions {
  command: string;
  workingDirectory?: string;
  env?: Record<string, string>;
  abortSignal?: AbortSignal;
}

/** A process of the sandbox. */
export interface AiSandboxProcess {
  readonly stdout: ReadableStream<Uint8Array>;
  /** As a whole, when the process has ended. */
  readonly stderr: ReadableStream<Uint8Array>;
  wait(): Promise<{ exitCode: number }>;
  kill(): Promise<void>;
}

/** The `SandboxSession` of AI SDK 7, structurally. */
export interface AiSandboxSession {
  readonly description: string;
  readonly readFile: (options: PathOptions) => Promise<ReadableStream<Uint8Array> | null>;
  readonly readBinaryFile: (options: PathOptions) => Promise<Uint8Array | null>;
  readonly readTextFile: (
    options: PathOptions & { encoding?: string; startLine?: number; endLine?: number },
  ) => Promise<string | null>;
  readonly writeFile: (
    options: PathOptions & { content: ReadableStream<Uint8Array> },
  ) => Promise<void>;
  readonly writeBinaryFile: (options: PathOptions & { content: Uint8Array }) => Promise<void>;
  readonly writeTextFile: (
    options: PathOptions & { content: string; encoding?: string },
  ) => Promise<void>;
  readonly stat: (
    options: PathOptions,
  ) => Promise<{ type: 'file' | 'directory' | 'other'; size: number } | null>;
  readonly listDirectory: (
    options: PathOptions,
  ) => Promise<{ name: string; type: 'file' | 'directory' | 'symlink' | 'other' }[] | null>;
  readonly deleteFile: (options: PathOptions) => Promise<boolean>;
  readonly spawn: {
    (
      options: CommandOptions & { stdin: true },
    ): Promise<AiSandboxProcess & { readonly stdin: WritableStream<Uint8Array> }>;
    (options: CommandOptions & { stdin?: false }): Promise<AiSandboxProcess>;
    (
      options: CommandOptions & { stdin?: boolean },
    ): Promise<AiSandboxProcess & { readonly stdin: WritableStream<Uint8Array> }>;
  };
  readonly run: (options: CommandOptions) => Promise<CommandOutcome>;
}

/**
 * A workspace as the sandbox of an agent of the AI SDK.
 *
 * @param options - of each command, such as `timeout` and `sandbox`.
 * @example generateText({ model, tools, experimental_sandbox: toSandboxSession(workspace) })
 */
export function toSandboxSession(
  workspace: Workspace,
  options: Omit<RunOptions, 'encoding' | 'tty'> = {},
): AiSandboxSession {
  const at = ({ path, abortSignal }: PathOptions): string => {
    abortSignal?.throwIfAborted();
    return inWorkspace(workspace, path);
  };
  const settings = ({ workingDirectory, env, abortSignal }: CommandOptions): typeof options => ({
    ...options,
    workdir: workingDirectory === undefined ? undefined : inWorkspace(workspace, workingDirectory),
    env: { ...options.env, ...env },
    signal: abortSignal,
  });
  const read = (given: PathOptions): Promise<Buffer | null> =>
    absentAs(null, () => workspace.readFile(at(given)));
  return {
    description: descriptionOf(workspace),
    readFile: async (given) => {
      const path = at(given);
      const info = await absentAs(null, () => workspace.stat(path));
      return info === null ? null : toWeb(workspace.createReadStream(path));
    },
    readBinaryFile: read,
    readTextFile: async ({ encoding, startLine, endLine, ...given }) => {
      const bytes = await read(given);
      return bytes === null ? null : linesOf(textOf(bytes, encoding), startLine, endLine);
    },
    writeFile: async ({ content, ...given }) => {
      const target = workspace.createWriteStream(at(given));
      const { abortSignal: signal } = given;
      await content.pipeTo(Writable.toWeb(target), signal === undefined ? {} : { signal });
    },
    writeBinaryFile: ({ content, ...given }) => workspace.writeFile(at(given), content),
    writeTextFile: ({ content, encoding, ...given }) =>
      workspace.writeFile(at(given), content, { encoding: (encoding ?? 'utf8') as BufferEncoding }),
    stat: async (given) => {
      const info = await absentAs(null, () => workspace.stat(at(given)));
      return info === null ? null : { type: kindOf(info), size: info.size };
    },
    listDirectory: async (given) => {
      const found = await absentAs(null, () => workspace.listDir(at(given)));
      return found?.map(({ name, kind }) => ({ name, type: kind })) ?? null;
    },
    deleteFile: (given) =>
      absentAs(false, async () => {
        await workspace.fs.unlink(at(given));
        return true;
      }),
    spawn: async ({ command, stdin = false, ...given }: CommandOptions & { stdin?: boolean }) => {
      const running = startCommand(workspace, command, {
        ...settings({ command, ...given }),
        hasInput: stdin,
      });
      return {
        stdout: toWeb(Readable.from(running.stdout)),
        stderr: toWeb(Readable.from(running.stderr)),
        stdin: Writable.toWeb(running.stdin),
        wait: running.wait,
        kill: () => running.kill(),
      };
    },
    run: (given) => runInWorkspace(workspace, given.command, settings(given)),
  };
}

/** A tool of the AI SDK, structurally. */
export interface AiTool {
  readonly description: string;
  readonly inputSchema: z.ZodObject;
  readonly execute: (
    input: unknown,
    options: { readonly abortSignal?: AbortSignal | undefined },
  ) => Promise<unknown>;
}

/** Which operations become tools when nobody says so. */
const DEFAULT_TOOLS = [
  'file.read',
  'file.write',
  'file.edit',
  'file.list',
  'file.search',
  'command.run',
];

/**
 * Operations on one workspace as tools: `file.read` is called `file_read`.
 *
 * @param operations - names from the table in docs/OPERATIONS.md; default six that read, write and
 *   search files and run commands.
 * @throws {RangeError} when there is no such operation, or it is not about one workspace.
 * @example await generateText({ model, prompt, tools: toTools(afs, workspace), stopWhen: isStepCount(9) });
 */
export function toTools(
  afs: AgentFS,
  workspace: Workspace,
  operations: readonly string[] = DEFAULT_TOOLS,
): Record<string, AiTool> {
  const context = { afs, holdings: new Holdings(), onOutput: async () => undefined };
  return Object.fromEntries(
    operations.map((name) => [
      name.replace('.', '_'),
      toTool(context, workspace, operationOf(name)),
    ]),
  );
}

function toTool(
  context: Omit<OperationContext, 'signal'>,
  workspace: Workspace,
  operation: Operation,
): AiTool {
  const inputSchema = withoutWhatIsSet(operation.input);
  return {
    description: operation.summary,
    inputSchema,
    execute: async (input, { abortSignal: signal = new AbortController().signal }) => {
      const parsed = inputSchema.safeParse(input);
      if (!parsed.success) throw invalidInput(parsed.error, input);
      const whole = { ...parsed.data, workspace: workspace.name };
      return JSON.parse(JSON.stringify(await operation.run({ ...context, signal }, whole)));
    },
  };
}

/** Where it works, and what its commands are kept from, is not for a model to say. */
function withoutWhatIsSet(input: z.ZodObject): z.ZodObject {
  const set = ['workspace', 'sandbox', 'limits'].filter((name) => name in input.shape);
  return input.omit(Object.fromEntries(set.map((name) => [name, true])) as Record<never, true>);
}

function operationOf(name: string): Operation {
  const operation = findOperation(name);
  if (operation !== undefined && isWhole(operation)) return operation;
  const known = offeredOperations(false).filter(isWhole);
  throw new RangeError(
    `There is no operation '${name}' on a workspace; there are ${known.map((each) => each.name).join(', ')}.`,
  );
}

/** Whether it is about a workspace, and leaves nothing open that nobody here could end. */
function isWhole({ name, input }: Operation): boolean {
  return 'workspace' in input.shape && !/^(process|session|watch)\./.test(name);
}

function descriptionOf(workspace: Workspace): string {
  return [
    'A private copy of a project, in which anything may be read, changed and run.',
    `Commands start in ${workspace.core.engine.basePath}, the root; paths may begin there, or be relative to it.`,
  ].join(' ');
}

function textOf(bytes: Buffer, encoding = 'utf-8'): string {
  return new TextDecoder(encoding).decode(bytes);
}

function linesOf(text: string, first = 1, last = Number.POSITIVE_INFINITY): string {
  if (first <= 1 && last === Number.POSITIVE_INFINITY) return text;
  return (text.match(/[^\n]*\n|[^\n]+$/g) ?? []).slice(first - 1, last).join('');
}

function kindOf(info: FileInfo): 'file' | 'directory' | 'other' {
  return info.kind === 'symlink' ? 'other' : info.kind;
}

function toWeb(stream: Readable): ReadableStream<Uint8Array> {
  // The global name is that of the DOM for some who use this, and of node for others.
  return WebStream.from(bytesOf(stream)) as ReadableStream<Uint8Array>;
}

async function* bytesOf(stream: Readable): AsyncGenerator<Uint8Array> {
  for await (const piece of stream) yield typeof piece === 'string' ? Buffer.from(piece) : piece;
}
