/** Processes that change a project and are killed while they do. */

import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ObjectId } from '../../../src/primitives/object-id.ts';
import { compiledModule } from '../../support/compiled.ts';

/** The calls that change a disk or bring it to stable storage, under all names they have. */
const CHANGING_CALLS: readonly string[] = [
  ...['rename', 'renameat', 'renameat2', 'unlink', 'unlinkat', 'link', 'linkat', 'symlink'],
  ...['symlinkat', 'mkdir', 'mkdirat', 'rmdir', 'chmod', 'fchmod', 'fchmodat', 'fsync'],
  ...['fdatasync', 'pwrite64', 'ftruncate'],
];

/** Whether system calls can be counted and broken here. */
export const hasStrace: boolean = spawnSync('strace', ['-V']).status === 0;

/** What a child does: one change after another, `count` times; or it only recovers the base. */
export interface ChildTask {
  readonly root: string;
  /** The two trees that the base is changed between, both in the store. */
  readonly trees: readonly [ObjectId, ObjectId];
  /** Changes; 0 only recovers. */
  readonly count: number;
  /** The user to be. */
  readonly user?: number;
}

/** How a child ended. */
export interface ChildEnd {
  readonly signal: NodeJS.Signals | null;
  readonly status: number | null;
  /** The tree of each change that was acknowledged. */
  readonly acknowledged: readonly string[];
  /** The code of the error that ended it, or whatever else it complained about. */
  readonly errors: string;
}

/** What a child has to live with. */
export interface ChildOptions {
  /** Arguments for strace to run it under. */
  readonly strace?: readonly string[];
  /** Milliseconds from when it begins to work until it is killed. */
  readonly killAfterMs?: number;
}

/** Runs a child to its end, or kills it `killAfterMs` after it began to work. */
export async function runChild(task: ChildTask, options: ChildOptions = {}): Promise<ChildEnd> {
  const node = [
    process.execPath,
    '--input-type=module',
    '-e',
    await script(),
    JSON.stringify(task),
  ];
  const traced = options.strace === undefined ? [] : ['strace', '-f', '-qq', ...options.strace];
  const [command = '', ...rest] = [...traced, ...node];
  const child = spawn(command, rest, {
    env: { ...process.env, UV_THREADPOOL_SIZE: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let errors = '';
  child.stdout.on('data', (text: Buffer) => {
    if (output === '' && options.killAfterMs !== undefined) {
      setTimeout(() => child.kill('SIGKILL'), options.killAfterMs);
    }
    output += text.toString();
  });
  child.stderr.on('data', (text: Buffer) => {
    errors += text.toString();
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status, signal) => {
      const acknowledged = output.split('\n').slice(1, -1);
      resolve({ signal, status, acknowledged, errors });
    });
  });
}

/** The n-th call of one name by the main thread of a child; strace counts each name by itself. */
export interface CallNumber {
  readonly call: string;
  readonly when: number;
}

/** Arguments for strace that make something happen at one call of a child. */
export function injecting(what: string, { call, when }: CallNumber): string[] {
  return ['-o', '/dev/null', '-e', `trace=${call}`, '-e', `inject=${call}:${what}:when=${when}`];
}

/** Runs a child to its end and returns, in order, what it did to the disk. */
export async function traceCalls(task: ChildTask): Promise<CallNumber[]> {
  const directory = mkdtempSync(join(tmpdir(), 'agentfs-trace-'));
  const log = join(directory, 'log');
  try {
    const known = CHANGING_CALLS.map((call) => `?${call}`).join(',');
    const end = await runChild(task, { strace: ['-o', log, '-e', `trace=${known}`] });
    if (end.status !== 0) throw new Error(`The child failed: ${end.errors}`);
    const counts = new Map<string, number>();
    return readFileSync(log, 'utf8')
      .split('\n')
      .flatMap((line) => {
        const call = /^\d+ +(\w+)\(/.exec(line)?.[1];
        if (call === undefined) return [];
        const when = (counts.get(call) ?? 0) + 1;
        counts.set(call, when);
        return [{ call, when }];
      });
  } finally {
    rmSync(directory, { recursive: true });
  }
}

async function script(): Promise<string> {
  const from = async (path: string): Promise<string> => JSON.stringify(await compiledModule(path));
  return `
    import { join } from 'node:path';
    import { writeSync } from 'node:fs';
    import { AgentFSError } from ${await from('primitives/errors.ts')};
    import { systemClock } from ${await from('primitives/clock.ts')};
    import { applyToBase } from ${await from('project/apply.ts')};
    import { IgnoreSettings } from ${await from('disk/ignore-settings.ts')};
    import { BaseDirectory } from ${await from('project/base-directory.ts')};
    import { recoverBase } from ${await from('project/recover.ts')};
    import { Signer } from ${await from('primitives/signer.ts')};
    import { Store } from ${await from('store/store.ts')};
    import { diffTrees } from ${await from('tree/diff-trees.ts')};
    import { Trees } from ${await from('tree/trees.ts')};
    const { root, trees: versions, count, user } = JSON.parse(process.argv[1]);
    // After the imports: the compiled files are for us alone.
    if (user !== undefined) process.setuid(user);
    const store = new Store(join(root, '.agentfs', 'agentfs.db'), {
      cacheBytes: 8e6, process: 'child', busyTimeoutMs: 5000,
      signer: new Signer(Buffer.alloc(32, 1)), // as TEST_SIGNER
    });
    const trees = new Trees(store.objects, 8e6);
    const base = new BaseDirectory({ root, store, trees, clock: systemClock, ignore: new IgnoreSettings() });
    process.on('uncaughtException', (error) => {
      writeSync(2, error instanceof AgentFSError ? error.code : String(error.stack));
      process.exit(1);
    });
    writeSync(1, 'working\\n');
    recoverBase({ store, root });
    for (let i = 0; i < count; i++) {
      const before = (await base.scan()).tree;
      const after = versions.find((tree) => tree !== before);
      const index = store.stats.load(0);
      await applyToBase({ store, root, clock: systemClock }, {
        changes: [...diffTrees(trees, before, after)],
        indexed: (path) => index.get(path),
        finish: ({ rows }) => {
          for (const { path, entry } of rows) {
            if (entry === undefined) store.stats.delete(0, path);
            else store.stats.put(0, path, entry);
          }
          store.stats.setDirectory(0, { tree: after, dirty: false, scannedAt: Date.now() });
        },
      });
      writeSync(1, after + '\\n');
    }
    store.close();
  `;
}
