/**
 * The program `agentfs` as its users have it: a process of its own, driven by arguments, variables
 * and input, of which everything that comes out is looked at. Compiled once for all test files.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
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
