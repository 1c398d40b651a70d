/** Workspaces as the sandboxes of TanStack AI: `defineSandbox({ provider: toSandboxProvider(afs) })`. */

import { createHash, randomBytes } from 'node:crypto';
import { type AgentFS, AgentFSError, type Workspace, WorkspaceNotFoundError } from '../index.ts';
import { type CommandOutcome, runInWorkspace } from './run-in-workspace.ts';
import { startCommand } from './running-command.ts';
import { type GitCalls, gitBy } from './tanstack-git.ts';
import { inWorkspace } from './workspace-path.ts';

interface ProcessOptions {
  cwd?: string;
  env?: Record<string, string>;
  signal?: AbortSignal;
}

/** What the provider can do, as TanStack AI asks. */
export interface TanstackCapabilities {
  fs: boolean;
  exec: boolean;
  env: boolean;
  ports: boolean;
  backgroundProcesses: boolean;
  writableStdin: boolean;
  snapshots: boolean;
  networkPolicy: boolean;
  durableFilesystem: boolean;
  fork: boolean;
}

/** A command that runs in the background. */
export interface TanstackProcess {
  readonly pid: number;
  readonly stdout: AsyncIterable<string>;
  readonly stderr: AsyncIterable<string>;
  readonly stdin: { write: (data: string) => Promise<void>; end: () => Promise<void> };
  wait: () => Promise<number>;
  kill: (signal?: NodeJS.Signals | number) => Promise<void>;
}

/** The `SandboxHandle` of TanStack AI, structurally. */
export interface TanstackSandbox {
  readonly id: string;
  readonly provider: string;
  readonly workspaceRoot: string;
  readonly capabilities: TanstackCapabilities;
  readonly fs: {
    read: (path: string) => Promise<string>;
    readBytes: (path: string) => Promise<Uint8Array>;
    write: (path: string, data: string | Uint8Array) => Promise<void>;
    list: (path: string) => Promise<{ name: string; path: string; type: 'file' | 'dir' }[]>;
    mkdir: (path: string) => Promise<void>;
    remove: (path: string) => Promise<void>;
    rename: (from: string, to: string) => Promise<void>;
    exists: (path: string) => Promise<boolean>;
    watch: (
      path: string,
      onEvent: (event: { type: string; path: string }) => void,
    ) => Promise<{ stop: () => Promise<void> }>;
  };
  readonly git: GitCalls;
  readonly process: {
    exec: (command: string, options?: ProcessOptions) => Promise<CommandOutcome>;
    spawn: (command: string, options?: ProcessOptions) => Promise<TanstackProcess>;
  };
  readonly ports: { connect: (port: number) => Promise<{ url: string }> };
  readonly env: { set: (variables: Record<string, string>) => Promise<void> };
  snapshot: (label?: string) => Promise<{ id: string; label?: string }>;
  fork: () => Promise<TanstackSandbox>;
  destroy: () => Promise<void>;
}

interface CreateInput {
  id?: string;
  env?: Record<string, string>;
  signal?: AbortSignal;
}

/** The `SandboxProvider` of TanStack AI, structurally. */
export interface TanstackProvider {
  readonly name: string;
  capabilities: () => TanstackCapabilities;
  create: (input: CreateInput) => Promise<TanstackSandbox>;
  resume: (input: { id: string; signal?: AbortSignal }) => Promise<TanstackSandbox | null>;
  restoreSnapshot: (
    input: { snapshotId: string } & Omit<CreateInput, 'id'>,
  ) => Promise<TanstackSandbox>;
  destroy: (input: { id: string; signal?: AbortSignal }) => Promise<void>;
}

const NAME = 'agentfs';
const ROOT = '/workspace';

const CAPABILITIES: TanstackCapabilities = {
  fs: true,
  exec: true,
  env: true,
  // Commands have the ports of the host, unless their sandbox takes the network away.
  ports: true,
  // Other commands wait until one has ended.
  backgroundProcesses: true,
  writableStdin: true,
  snapshots: true,
  networkPolicy: false,
  durableFilesystem: true,
  fork: true,
};

/**
 * Makes sandboxes that are workspaces: private copies of the project, at once, with snapshots and
 * forks that cost only their changes.
 *
 * @example const sandbox = defineSandbox({ id: 'dev', provider: toSandboxProvider(afs) });
 */
export function toSandboxProvider(afs: AgentFS): TanstackProvider {
  const make = async (
    { id, env, signal }: CreateInput,
    origin: { fromSnapshot?: string; fromWorkspace?: string } = {},
  ): Promise<TanstackSandbox> => {
    const name = nameFor(id ?? `sandbox-${randomBytes(6).toString('hex')}`);
    const workspace = await afs.workspace.create(name, { ...origin, signal });
    return handleOn(workspace, env, (from) => make({}, { fromWorkspace: from }), afs);
  };
  return {
    name: NAME,
    capabilities: () => CAPABILITIES,
    create: (input) => make(input),
    resume: async ({ id }) => {
      const name = nameFor(id);
      if (!(await afs.workspace.exists(name))) return null;
      const workspace = await afs.workspace.get(name);
      return handleOn(workspace, {}, (from) => make({}, { fromWorkspace: from }), afs);
    },
    restoreSnapshot: ({ snapshotId, ...input }) => make(input, { fromSnapshot: snapshotId }),
    destroy: ({ id }) => remove(afs, nameFor(id)),
  };
}

function handleOn(
  workspace: Workspace,
  given: Record<string, string> | undefined,
  fork: (from: string) => Promise<TanstackSandbox>,
  afs: AgentFS,
): TanstackSandbox {
  const { fs } = workspace;
  const variables = { ...given };
  const at = (path: string): string => {
    if (path === ROOT || path.startsWith(`${ROOT}/`)) return path.slice(ROOT.length) || '/';
    return inWorkspace(workspace, path);
  };
  const settings = ({ cwd, env, signal }: ProcessOptions = {}) => ({
    workdir: cwd === undefined ? undefined : at(cwd),
    env: { ...variables, ...env },
    signal,
  });
  const exec = (command: string, options?: ProcessOptions): Promise<CommandOutcome> =>
    runInWorkspace(workspace, command, settings(options));
  return {
    id: workspace.name,
    provider: NAME,
    workspaceRoot: workspace.core.engine.basePath,
    capabilities: CAPABILITIES,
    fs: {
      read: (path) => workspace.readText(at(path)),
      readBytes: (path) => workspace.readFile(at(path)),
      write: (path, data) => workspace.writeFile(at(path), data),
      list: async (path) =>
        (await workspace.listDir(at(path))).map((info) => ({
          name: info.name,
          path: `${path.replace(/\/+$/, '')}/${info.name}`,
          type: info.isDirectory() ? 'dir' : 'file',
        })),
      mkdir: (path) => workspace.mkdir(at(path), { recursive: true }),
      remove: (path) => workspace.delete(at(path), { recursive: true, force: true }),
      rename: (from, to) => workspace.move(at(from), at(to)),
      exists: (path) => workspace.exists(at(path)),
      watch: async (path, onEvent) => {
        const ending = new AbortController();
        const events = fs.watch(at(path), { recursive: true, signal: ending.signal });
        const done = follow(events, path, onEvent, ending.signal);
        return {
          stop: async () => {
            ending.abort();
            await done;
          },
        };
      },
    },
    git: gitBy(exec, ROOT),
    process: {
      exec,
      spawn: async (command, options) => toProcess(workspace, command, settings(options)),
    },
    ports: { connect: async (port) => ({ url: `http://127.0.0.1:${port}` }) },
    env: {
      set: async (more) => {
        Object.assign(variables, more);
      },
    },
    snapshot: async (label) => {
      const name = label === undefined ? `s-${randomBytes(6).toString('hex')}` : nameFor(label);
      await workspace.snapshot.create(name);
      return { id: `${workspace.name}/${name}`, ...(label !== undefined && { label }) };
    },
    fork: () => fork(workspace.name),
    destroy: () => remove(afs, workspace.name),
  };
}

function toProcess(
  workspace: Workspace,
  command: string,
  options: {
    workdir: string | undefined;
    env: Record<string, string>;
    signal: AbortSignal | undefined;
  },
): TanstackProcess {
  const running = startCommand(workspace, command, { ...options, hasInput: true });
  return {
    // Its number is known in its own namespace only; nobody can end something else by this one.
    pid: Number.NaN,
    stdout: running.stdout,
    stderr: running.stderr,
    stdin: {
      write: (data) =>
        new Promise((resolve, reject) =>
          running.stdin.write(data, (error) => (error ? reject(error) : resolve())),
        ),
      end: async () => {
        running.stdin.end();
      },
    },
    wait: async () => (await running.wait()).exitCode,
    kill: (signal) => running.kill(typeof signal === 'string' ? signal : undefined),
  };
}

async function follow(
  events: AsyncIterable<{ eventType: string; filename: string }>,
  path: string,
  onEvent: (event: { type: string; path: string }) => void,
  signal: AbortSignal,
): Promise<void> {
  try {
    for await (const { eventType, filename } of events) {
      onEvent({ type: eventType, path: `${path.replace(/\/+$/, '')}/${filename}` });
    }
  } catch (error) {
    if (!signal.aborted && !(error instanceof AgentFSError)) throw error;
  }
}

async function remove(afs: AgentFS, name: string): Promise<void> {
  try {
    await afs.workspace.delete(name);
  } catch (error) {
    if (!(error instanceof WorkspaceNotFoundError)) throw error;
  }
}

/** A name for whatever the framework calls it; what has to be changed gets a hash of the whole. */
function nameFor(id: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,60}$/.test(id)) return id;
  const hash = createHash('sha256').update(id).digest('hex').slice(0, 12);
  return `${id
    .replace(/[^A-Za-z0-9]+/g, '-')
    .replace(/^-+/, '')
    .slice(0, 40)}-${hash}`.replace(/^-/, 's-');
}
