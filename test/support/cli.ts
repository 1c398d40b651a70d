/**
 * The program `agentfs`, driven by arguments, variables and input, of which everything that comes out
 * is looked at. A call that reads no input and starts no command runs in this process, which saves
 * the start of another one; all others have a process of their own, compiled once for all files.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { finished } from 'node:stream/promises';
import { onTestFinished } from 'vitest';
import { Call } from '../../src/cli/call.ts';
import { Interrupts } from '../../src/cli/interrupts.ts';
import { Output } from '../../src/cli/output.ts';
import { runCall } from '../../src/cli/run-call.ts';
import { bundledProgram } from './compiled.ts';
import { type TestFiles, TestProject } from './test-project.ts';

/** How the program is called. */
export interface CallOptions {
  readonly cwd?: string;
  /** Variables on top of a small fixed environment; undefined removes one. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly input?: string;
}

/** What came of a call. */
export interface CallResult {
  /** null when a signal ended it. */
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A project directory with the program at hand. */
export class CliProject extends TestProject {
  /** A home of its own, so that no configuration of the host counts. */
  readonly home: string;

  constructor(files: TestFiles = {}) {
    super(files);
    this.home = realpathSync(mkdtempSync(join(tmpdir(), 'agentfs-home-')));
    onTestFinished(() => rmSync(this.home, { recursive: true, force: true }));
  }

  /** Calls the program in the project and waits for its end. */
  async run(args: readonly string[], options: CallOptions = {}): Promise<CallResult> {
    if (options.input !== undefined || NEEDS_PROCESS.some((word) => args.includes(word))) {
      return this.spawn(args, options);
    }
    const { cwd = this.dir, env } = options;
    return callHere(args, { cwd, env: this.environment(env) });
  }

  /** The same in a process of its own, for tests that are about the process. */
  async spawn(args: readonly string[], options: CallOptions = {}): Promise<CallResult> {
    const child = await this.start(args, options);
    child.stdin?.end(options.input ?? '');
    const [stdout, stderr] = [collect(child.stdout), collect(child.stderr)];
    const [status] = await once(child, 'close');
    return { status, stdout: stdout.join(''), stderr: stderr.join('') };
  }

  /** Calls it, and fails with all that it said when its status is not 0. Returns the output. */
  async ok(args: readonly string[], options: CallOptions = {}): Promise<string> {
    const { status, stdout, stderr } = await this.run(args, options);
    if (status === 0) return stdout;
    throw new Error(`agentfs ${args.join(' ')} ended with ${status}:\n${stdout}${stderr}`);
  }

  /** The same with `--json`, parsed. */
  async json(args: readonly string[], options: CallOptions = {}): Promise<unknown> {
    return JSON.parse(await this.ok(['--json', ...args], options));
  }

  /** Starts it with pipes, for tests that talk to it while it runs. */
  async start(args: readonly string[], options: CallOptions = {}): Promise<ChildProcess> {
    const program = await bundledProgram();
    const child = spawn(process.execPath, [program, ...args], {
      cwd: options.cwd ?? this.dir,
      env: this.environment(options.env),
      stdio: 'pipe',
    });
    onTestFinished(() => {
      child.kill('SIGKILL');
    });
    // The program may end before it has read its input.
    child.stdin?.on('error', () => undefined);
    return child;
  }

  /** What the program finds in its environment. */
  environment(own: CallOptions['env'] = {}): Record<string, string> {
    const fixed = { PATH: process.env['PATH'], HOME: this.home, LANG: 'C.UTF-8', TZ: 'UTC' };
    const all = Object.entries({ ...fixed, ...own });
    return Object.fromEntries(
      all.filter((each): each is [string, string] => each[1] !== undefined),
    );
  }
}

/** What writes to the output of the process itself, or reads its input. */
const NEEDS_PROCESS = ['run', 'exec', 'import', 'resolve', 'mcp', 'rpc'];

/** Calls the program in this process, as if it were alone in it. */
async function callHere(
  args: readonly string[],
  { cwd, env }: { readonly cwd: string; readonly env: Readonly<Record<string, string>> },
): Promise<CallResult> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const texts = [collect(stdout), collect(stderr)];
  const asTerminal = (stream: PassThrough): NodeJS.WriteStream => stream as never;
  const output = new Output(asTerminal(stdout), asTerminal(stderr), env);
  // Nobody signals this one.
  const interrupts = new Interrupts(new EventEmitter() as never);
  // The library reads the environment by itself where its caller says nothing.
  if (callsHere === 0) environmentBefore = { ...process.env };
  callsHere += 1;
  setEnvironment(env);
  try {
    const call = new Call({ env, cwd: () => cwd, output, interrupts });
    const status = await runCall(args, call);
    await Promise.all([stdout, stderr].map((stream) => finished(stream.end())));
    return { status, stdout: texts[0]?.join('') ?? '', stderr: texts[1]?.join('') ?? '' };
  } finally {
    callsHere -= 1;
    // Of calls that overlap the last one puts back what was there before the first.
    if (callsHere === 0) setEnvironment(environmentBefore);
  }
}

let callsHere = 0;
let environmentBefore: NodeJS.ProcessEnv = {};

/** Variable by variable: only so does the process itself, and not only JavaScript, see them. */
function setEnvironment(env: NodeJS.ProcessEnv): void {
  for (const name of Object.keys(process.env)) if (!(name in env)) delete process.env[name];
  Object.assign(process.env, env);
}

/** A project in which the program was told to begin, with a workspace `w`. */
export async function cliProject(files: TestFiles = {}): Promise<CliProject> {
  const project = new CliProject(files);
  await project.ok(['workspace', 'create', 'w']);
  return project;
}

/** What comes out of a stream, piece by piece. */
export function collect(stream: NodeJS.ReadableStream | null): string[] {
  const chunks: string[] = [];
  stream?.setEncoding('utf8').on('data', (chunk: string) => chunks.push(chunk));
  return chunks;
}
