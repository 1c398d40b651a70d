/** Processes of their own that work on a store, and may be killed at it. */

import { type ChildProcess, spawn } from 'node:child_process';
import { injecting } from '../../project/support/committer.ts';
import { bundledLibrary } from '../../support/compiled.ts';

/** How a process ended. */
export interface ProcessEnd {
  readonly signal: NodeJS.Signals | null;
  readonly status: number | null;
  /** The lines that it printed after the first, by which it says that it has begun. */
  readonly lines: readonly string[];
  readonly errors: string;
}

/** What goes wrong for a process, if anything. */
export interface Fate {
  /** Milliseconds from the first line to SIGKILL. */
  readonly killAfterMs?: number;
  /** Hears of the process as soon as it has been started. */
  readonly onSpawn?: (process: ChildProcess) => void;
  /** What stands before the command, such as `strace` and its arguments. */
  readonly launcher?: readonly string[];
}

/** The system calls by which SQLite changes a store. */
export const STORE_CALLS: readonly string[] = [
  ...['pwrite64', 'fdatasync', 'fsync', 'ftruncate', 'unlink'],
];

/** Dies at the n-th such call; needs strace. */
export function killedAt(call: string, when: number): Fate {
  return { launcher: ['strace', '-f', '-qq', ...injecting('signal=KILL', { call, when })] };
}

// Lines are written at once and whole, so what was printed before a kill was really done.
const PRELUDE = `
  import { writeSync } from 'node:fs';
  const print = (line) => writeSync(1, line + '\\n');
  const codeOf = (error) => { if (error.code === undefined) throw error; return error.code; };
  const task = JSON.parse(process.argv[1]);
`;

/**
 * Runs a script in a process of its own, to its end or until it is killed. It finds `AgentFS`,
 * `task`, `print` and `codeOf`, and has to print a line when it begins.
 */
export async function runProcess(
  script: string,
  task: unknown,
  fate: Fate = {},
): Promise<ProcessEnd> {
  const index = JSON.stringify(await bundledLibrary());
  const source = `import { AgentFS } from ${index};\n${PRELUDE}${script}`;
  const node = [process.execPath, '--input-type=module', '-e', source, JSON.stringify(task)];
  const [command = '', ...rest] = [...(fate.launcher ?? []), ...node];
  const child = spawn(command, rest, {
    env: { ...process.env, UV_THREADPOOL_SIZE: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  fate.onSpawn?.(child);
  let output = '';
  let errors = '';
  child.stdout.on('data', (text: Buffer) => {
    if (output === '' && fate.killAfterMs !== undefined) {
      setTimeout(() => child.kill('SIGKILL'), fate.killAfterMs);
    }
    output += text.toString();
  });
  child.stderr.on('data', (text: Buffer) => {
    errors += text.toString();
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status, signal) => {
      resolve({ signal, status, lines: output.split('\n').slice(1, -1), errors });
    });
  });
}
