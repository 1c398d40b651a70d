/** Kills processes in the middle of changing a base, and looks at what recovery makes of it. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { ObjectId } from '../../../src/primitives/object-id.ts';
import type { RecoveryReport } from '../../../src/project/recover.ts';
import { sameTrees } from '../../../src/tree/diff-trees.ts';
import { EMPTY_TREE } from '../../../src/tree/trees.ts';
import {
  type CallNumber,
  type ChildEnd,
  type ChildTask,
  hasStrace,
  injecting,
  runChild,
  traceCalls,
} from './committer.ts';
import { type Project, temporaryProject } from './project.ts';
import { completed, file, type ProjectFiles, readProject } from './project-files.ts';
import { FIRST, SECOND } from './versions.ts';

/** A base that children change back and forth between two versions. */
export class KillRounds {
  readonly project: Project;
  readonly #versions = new Map<ObjectId, ProjectFiles>();
  readonly #trees: [ObjectId, ObjectId];
  /** What a child does to the disk in one change. */
  readonly #calls: CallNumber[] = [];
  /** Rounds in which a half-made change was found. */
  interrupted = 0;

  private constructor(project: Project) {
    this.project = project;
    this.#trees = [project.treeOf(FIRST), project.treeOf(SECOND)];
    for (const [i, files] of [FIRST, SECOND].entries()) {
      this.#versions.set(this.#trees[i] ?? this.#trees[0], completed(files));
    }
  }

  static async start(): Promise<KillRounds> {
    const project = temporaryProject({ 'docs/debug.log': file('ignored\n') });
    await project.change(FIRST);
    const rounds = new KillRounds(project);
    if (hasStrace) rounds.#calls.push(...(await traceCalls(rounds.#task(1))));
    return rounds;
  }

  /** Kills a child that makes one change after another some time after it began. */
  async killAfter(killAfterMs: number): Promise<void> {
    this.#expectKilled(await runChild(this.#task(1000), { killAfterMs }));
    await this.#expectWhole();
  }

  /** Kills a child at the given part of one change, from 0 to 1. */
  async killAt(part: number): Promise<void> {
    await this.#interrupt(part);
    await this.#expectWhole();
  }

  /** As `killAt`, and then kills the recovery a few times; returns how often that was possible. */
  async killRecovery(part: number): Promise<number> {
    await this.#interrupt(part);
    let killed = 0;
    for (const call of ['unlink', 'rename', 'link', 'symlink', 'mkdir', 'rmdir', 'fsync']) {
      const strace = injecting('signal=KILL', { call, when: 2 });
      if ((await runChild(this.#task(0), { strace })).signal === 'SIGKILL') killed++;
    }
    await this.#expectWhole();
    return killed;
  }

  /**
   * Makes a call of one change fail, at the given part of it; returns the code of the error that the
   * child ended with, or '' when it coped.
   */
  async failAt(part: number, errno: string): Promise<string> {
    const before = this.project.base.tree;
    const call = this.#callAt(part);
    const end = await runChild(this.#task(1), { strace: injecting(`error=${errno}`, call) });
    const recorded = this.project.base.tree;
    if (end.acknowledged.length === 1) expect(recorded).toBe(end.acknowledged[0]);
    else expect(recorded).toBe(before);
    await this.#expectWhole();
    return end.errors;
  }

  /** As `killAt`, and then edits the base as a user may before the next open. */
  async killAndEdit(part: number): Promise<void> {
    await this.#interrupt(part);
    const { root } = this.project;
    writeFileSync(join(root, 'README.md'), '# mine\n');
    writeFileSync(join(root, 'src/mine.ts'), 'mine\n');
    this.#recover();
    expect(readProject(root)).toEqual({
      ...this.#recorded(),
      'README.md': file('# mine\n'),
      'src/mine.ts': file('mine\n'),
    });
    await this.project.change(FIRST);
  }

  async #interrupt(part: number): Promise<void> {
    const strace = injecting('signal=KILL', this.#callAt(part));
    const end = await runChild(this.#task(1), { strace });
    const isDone = end.status === 0 && end.acknowledged.length === 1;
    if (!isDone) this.#expectKilled(end);
    // What was acknowledged is there, whatever came after.
    if (end.acknowledged.length === 1) expect(this.project.base.tree).toBe(end.acknowledged[0]);
  }

  #callAt(part: number): CallNumber {
    const call = this.#calls[Math.floor(part * this.#calls.length)];
    if (call === undefined) throw new Error('strace is needed.');
    return call;
  }

  #task(count: number): ChildTask {
    return { root: this.project.root, trees: this.#trees, count };
  }

  #expectKilled({ signal, errors }: ChildEnd): void {
    expect(errors).toBe('');
    expect(signal).toBe('SIGKILL');
  }

  async #expectWhole(): Promise<void> {
    this.#recover();
    expect(readProject(this.project.root)).toEqual(this.#recorded());
    const { tree } = this.project.base;
    const scanned = (await this.project.base.scan()).tree;
    expect(sameTrees(this.project.trees, scanned, tree ?? EMPTY_TREE)).toBe(true);
  }

  /** Recovers twice: the second time there must be nothing to do. */
  #recover(): void {
    const reports: RecoveryReport[] = this.project.recover();
    if (reports.length > 0) this.interrupted++;
    const recovered = readProject(this.project.root);
    expect(this.project.recover()).toEqual([]);
    expect(readProject(this.project.root)).toEqual(recovered);
  }

  /** The files that the store says the base has. */
  #recorded(): ProjectFiles {
    const { tree } = this.project.base;
    for (const [version, files] of this.#versions) {
      // The children give their trees other times than the disk.
      if (sameTrees(this.project.trees, version, tree ?? EMPTY_TREE)) return files;
    }
    throw new Error(`The base has tree ${tree}, which nobody made.`);
  }
}

/** Numbers from 0 to below 1, evenly spread. */
export function spread(count: number): number[] {
  return Array.from({ length: count }, (_, i) => (i + 0.5) / count);
}
