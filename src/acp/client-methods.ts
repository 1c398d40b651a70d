/** What an agent asks of its client about files and terminals, answered by operations. */

import * as z from 'zod';
import { type AgentFS, InvalidPathError } from '../index.ts';
import type { Holdings } from '../operations/holdings.ts';
import { invalidInput } from '../operations/invalid-input.ts';
import { callOperation, findOperation } from '../operations/table.ts';

/** For whom the methods are called. */
export interface ClientOptions {
  readonly afs: AgentFS;
  /** The name of the workspace. */
  readonly workspace: string;
  readonly holdings: Holdings;
  /** Paths of the project directory, as agents may know it. */
  readonly roots: readonly string[];
}

type Answer = (params: unknown, signal: AbortSignal) => Promise<object>;

/** All of what a process has kept of its output. */
const ALL_TEXT = 512 * 1024;
const WAIT_MS = 60_000;

const nullable = <Type extends z.ZodType>(type: Type) => type.nullish();

const reading = z.looseObject({
  path: z.string(),
  line: nullable(z.int().min(1)),
  limit: nullable(z.int().min(0)),
});
const writing = z.looseObject({ path: z.string(), content: z.string() });
const creating = z.looseObject({
  command: z.string(),
  args: nullable(z.array(z.string())),
  env: nullable(z.array(z.looseObject({ name: z.string(), value: z.string() }))),
  cwd: nullable(z.string()),
  outputByteLimit: nullable(z.int().min(0)),
});
const terminal = z.looseObject({ terminalId: z.string() });

/** The methods that are answered here and not by the editor, by their names. */
export function clientMethods(options: ClientOptions): ReadonlyMap<string, Answer> {
  return new Map([...fileMethods(options), ...terminalMethods(options)]);
}

function fileMethods(options: ClientOptions): [string, Answer][] {
  const { workspace, roots } = options;
  const call = caller(options);
  const read: Answer = async (params, signal) => {
    const { path, line, limit } = checked(reading, params);
    if (limit === 0) return { content: '' };
    const part = { unit: 'lines', offset: (line ?? 1) - 1, ...(limit && { limit }) };
    const wanted = { workspace, path: inProject(roots, path), ...part };
    const { content } = await call('file.read', wanted, signal);
    return { content };
  };
  const write: Answer = async (params, signal) => {
    const { path, content } = checked(writing, params);
    await call('file.write', { workspace, path: inProject(roots, path), content }, signal);
    return {};
  };
  return [
    ['fs/read_text_file', read],
    ['fs/write_text_file', write],
  ];
}

function terminalMethods(options: ClientOptions): [string, Answer][] {
  const { workspace, roots, holdings } = options;
  const call = caller(options);
  const limits = new Map<string, number>();
  const create: Answer = async (params, signal) => {
    const { command, args, env, cwd, outputByteLimit } = checked(creating, params);
    const wanted = {
      workspace,
      // Some agents give a line of shell, others a program and its arguments.
      command: args && args.length > 0 ? [command, ...args] : command,
      ...(cwd && { workdir: inProject(roots, cwd) }),
      env: Object.fromEntries((env ?? []).map(({ name, value }) => [name, value])),
    };
    const { process } = await call('process.start', wanted, signal);
    const terminalId = String(process);
    if (typeof outputByteLimit === 'number') limits.set(terminalId, outputByteLimit);
    return { terminalId };
  };
  const output: Answer = async (params, signal) => {
    const { terminalId: process } = checked(terminal, params);
    const state = await call('process.output', { process, limit: ALL_TEXT }, signal);
    const { text, isCut } = endOf(String(state['text']), limits.get(process));
    const truncated = isCut || state['lost'] !== 0;
    const exitStatus = exitOf(state);
    return { output: text, truncated, ...(exitStatus !== undefined && { exitStatus }) };
  };
  const wait: Answer = async (params, signal) => {
    const { terminalId: process } = checked(terminal, params);
    const news = { process, cursor: Number.MAX_SAFE_INTEGER, waitMs: WAIT_MS };
    for (;;) {
      signal.throwIfAborted();
      const exit = exitOf(await call('process.output', news, signal));
      if (exit !== undefined) return exit;
    }
  };
  const kill: Answer = async (params, signal) => {
    await call('process.stop', { process: checked(terminal, params).terminalId }, signal);
    return {};
  };
  const release: Answer = async (params, signal) => {
    await kill(params, signal);
    const { terminalId } = checked(terminal, params);
    limits.delete(terminalId);
    holdings.drop(terminalId);
    return {};
  };
  return [
    ['terminal/create', create],
    ['terminal/output', output],
    ['terminal/wait_for_exit', wait],
    ['terminal/kill', kill],
    ['terminal/release', release],
  ];
}

function caller({ afs, holdings }: ClientOptions) {
  const context = { afs, holdings, readOnly: false, onOutput: async () => undefined };
  return async (
    name: string,
    input: object,
    signal: AbortSignal,
  ): Promise<Readonly<Record<string, unknown>>> => {
    const operation = findOperation(name);
    if (operation === undefined) throw new Error(`There is no operation ${name}.`);
    return { ...Object(await callOperation(operation, { ...context, signal }, input)) };
  };
}

/** Agents name files as the editor does; what is not in the project is none of the workspace's. */
function inProject(roots: readonly string[], path: string): string {
  if (!path.startsWith('/')) return path;
  const root = roots.find((each) => path === each || path.startsWith(`${each}/`));
  if (root !== undefined) return path.slice(root.length) || '/';
  throw new InvalidPathError(`'${path}' is outside of the project.`, {
    path,
    hint: `Files of the project begin with ${roots[0]}/.`,
  });
}

/** How a process has ended; undefined while it is running. */
function exitOf({ state, end }: Readonly<Record<string, unknown>>): object | undefined {
  if (state === 'running') return undefined;
  const { exitCode = null, signal = null } = Object(end);
  return { exitCode, signal };
}

/** The end of a text in so many bytes, and no part of a character. */
function endOf(text: string, limit: number | undefined): { text: string; isCut: boolean } {
  const bytes = Buffer.from(text);
  if (limit === undefined || bytes.length <= limit) return { text, isCut: false };
  let start = bytes.length - limit;
  while (((bytes[start] ?? 0) & 0xc0) === 0x80) start += 1;
  return { text: bytes.toString('utf8', start), isCut: true };
}

function checked<Shape extends z.ZodType>(shape: Shape, params: unknown): z.output<Shape> {
  const parsed = shape.safeParse(params);
  if (!parsed.success) throw invalidInput(parsed.error, params);
  return parsed.data;
}
