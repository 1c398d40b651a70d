/** Lets the power go at many moments of what a process did, and looks at what each leaves. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { Random } from '../../model/support/random.ts';
import { CrashDisk } from './crash-disk.ts';
import { Replay } from './replay.ts';
import { recordCalls, type SystemCall } from './system-calls.ts';

/** Looks at a base directory after a power cut; `lines` is what the process had printed by then. */
export type CrashCheck = (base: string, lines: readonly string[]) => Promise<void>;

/** After these there is something new to lose, or less; `write` also prints. */
const MOMENTS: ReadonlySet<string> = new Set([
  ...['write', 'pwrite64', 'ftruncate', 'fsync', 'fdatasync', 'chmod', 'fchmod'],
  ...['mkdir', 'rmdir', 'rename', 'link', 'symlink', 'unlink'],
]);

/** What one process did to a base directory, to be cut short anywhere. */
export class PowerLosses {
  readonly #directory: string;
  readonly #base: string;
  readonly #calls: SystemCall[] = [];

  private constructor() {
    this.#directory = realpathSync(mkdtempSync(join(tmpdir(), 'agentfs-power-')));
    this.#base = join(this.#directory, 'base');
    onTestFinished(() => rmSync(this.#directory, { recursive: true }));
  }

  /**
   * Records a script as `runProcess` runs it, on a base directory that `prepare` makes. The script
   * finds the directory in `task.base`.
   */
  static async record(
    prepare: (base: string) => Promise<void> | void,
    script: string,
    task: object,
  ): Promise<PowerLosses> {
    const losses = new PowerLosses();
    await prepare(losses.#base);
    copyTree(losses.#base, losses.#start);
    losses.#calls.push(...(await recordCalls(script, { ...task, base: losses.#base })));
    return losses;
  }

  get #start(): string {
    return join(this.#directory, 'start');
  }

  /**
   * Cuts the power at `count` random moments.
   *
   * @param syncs - whether the disk keeps what was synced; one that does not has to be found out.
   */
  async check(
    check: CrashCheck,
    options: { readonly seed: number; readonly count: number; readonly syncs?: boolean },
  ): Promise<void> {
    const random = new Random(options.seed);
    const disk = CrashDisk.of(this.#start);
    const replay = new Replay(disk, this.#base);
    const possible = this.#calls.filter(({ name }) => MOMENTS.has(name));
    const moments = new Set(Array.from({ length: options.count }, () => random.pick(possible)));
    const left = join(this.#directory, 'left');
    for (const call of this.#calls) {
      if (options.syncs !== false || !/^f(data)?sync$/.test(call.name)) replay.do(call);
      if (!moments.has(call)) continue;
      disk.writeAfterCrash(left, random);
      await check(left, replay.lines);
      rmSync(left, { recursive: true });
    }
  }
}

/** Copies a directory to where nothing is, with all of what links files to each other. */
export function copyTree(from: string, to: string): void {
  const { status, stderr } = spawnSync('cp', ['-a', from, to]);
  if (status !== 0) throw new Error(stderr.toString());
}
