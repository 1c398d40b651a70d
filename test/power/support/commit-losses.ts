/** Power cuts while a base is committed to: it has to be wholly old or new, and to agree with its store. */

import { mkdirSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { expect } from 'vitest';
import { AgentFS, type BatchOp } from '../../../src/index.ts';
import { Random } from '../../model/support/random.ts';
import {
  directory,
  file,
  link,
  type ProjectEntry,
  type ProjectFiles,
  readProject,
  withDirectories,
  writeProject,
} from '../../project/support/project-files.ts';
import { textsOf } from '../../support/test-project.ts';
import { copyTree, PowerLosses } from './power-losses.ts';

const COMMITS = 3;

const COMMITTER = `
  const afs = new AgentFS(task.base);
  const workspace = await afs.workspace.get('one');
  print('working');
  for (const edits of task.versions) {
    await workspace.batch(edits);
    print('edited');
    await workspace.commit('a version');
    print('committed');
  }
  await afs.close();
`;

const RECOVERER = `
  print('working');
  await (await AgentFS.open(task.base)).close();
`;

/** One process that commits a few versions of a project, one after another. */
export class CommitLosses {
  readonly #seed: number;
  /** What the base is before the first commit, and after each. */
  readonly #versions: readonly ProjectFiles[];
  readonly #losses: PowerLosses;

  private constructor(seed: number, versions: readonly ProjectFiles[], losses: PowerLosses) {
    this.#seed = seed;
    this.#versions = versions;
    this.#losses = losses;
  }

  static async record(seed: number): Promise<CommitLosses> {
    const random = new Random(seed);
    const versions = Array.from({ length: COMMITS + 1 }, (_, i) => makeUp(random, i));
    const prepare = async (base: string): Promise<void> => {
      mkdirSync(base);
      writeProject(base, versions[0] ?? {});
      await using afs = new AgentFS(base);
      await afs.workspace.create('one');
    };
    const edits = versions.slice(1).map((to, i) => editsBetween(versions[i] ?? {}, to));
    const losses = await PowerLosses.record(prepare, COMMITTER, { versions: edits });
    return new CommitLosses(seed, versions, losses);
  }

  /** Cuts the power at so many moments. */
  async check(count: number, syncs = true): Promise<void> {
    const check = async (base: string, lines: readonly string[]): Promise<void> => {
      const committed = lines.filter((line) => line === 'committed').length;
      const where = `seed ${this.#seed} after ${committed} commits`;
      // Twice: what was recovered once has to stay as it is.
      const recorded = await this.#recordedVersion(base, where);
      expect(recorded, where).toBeGreaterThanOrEqual(committed);
      expect(recorded, where).toBeLessThanOrEqual(committed + 1);
      expect(await this.#recordedVersion(base, where)).toBe(recorded);
    };
    await this.#losses.check(check, { seed: this.#seed, count, syncs });
  }

  /** Cuts the power at `cuts` moments, and then at `count` moments of the recovery from each. */
  async checkRecovery(cuts: number, count: number): Promise<void> {
    const check = async (base: string, lines: readonly string[]): Promise<void> => {
      // The store and the base agree unless a commit was under way.
      if (lines.at(-1) !== 'edited') return;
      const where = `seed ${this.#seed}, in recovery`;
      const copy = (to: string): void => copyTree(base, to);
      const again = await PowerLosses.record(copy, RECOVERER, {});
      const expected = await this.#recordedVersion(base, where);
      const checkAgain = async (left: string): Promise<void> => {
        expect(await this.#recordedVersion(left, where)).toBe(expected);
      };
      await again.check(checkAgain, { seed: this.#seed, count });
    };
    await this.#losses.check(check, { seed: this.#seed, count: cuts });
  }

  /** Opens the store, and returns the version that it says is in the base, which must be true. */
  async #recordedVersion(base: string, where: string): Promise<number> {
    await using afs = new AgentFS(base);
    const recorded = (await afs.log()).length;
    expect(readProject(base), where).toEqual(this.#versions[recorded]);
    const workspace = await afs.workspace.get('one');
    const texts = await textsOf(workspace);
    // Ordinary writes may be lost, but a commit is not: the workspace is no older than the base.
    const possible = this.#versions.slice(recorded, recorded + 2).map(contentsOf);
    if (!possible.some((each) => isDeepStrictEqual(each, texts))) {
      expect(texts, where).toEqual(possible.at(-1));
    }
    await using fork = await afs.workspace.temp('look');
    expect(await textsOf(fork), where).toEqual(possible[0]);
    expect(await afs.verify()).toMatchObject({ ok: true });
    return recorded;
  }
}

/** A small project in which names change their kind from version to version. */
function makeUp(random: Random, version: number): ProjectFiles {
  const files: Record<string, ProjectEntry> = { version: file(`${version}\n`) };
  const fill = (prefix: string, depth: number): void => {
    for (const name of ['a', 'b', 'c', 'd']) {
      const path = prefix + name;
      const kind = random.below(depth === 0 ? 4 : 8);
      if (kind === 0) files[path] = link(random.pick(['a', 'version', 'nowhere']));
      else if (kind < 4) files[path] = file(textFrom(random), random.pick([0o644, 0o755, 0o600]));
      else if (kind < 6) {
        files[path] = directory(random.pick([0o755, 0o700]));
        fill(`${path}/`, depth - 1);
      }
    }
  };
  fill('', 2);
  return Object.fromEntries(withDirectories(files));
}

function textFrom(random: Random): string {
  return random.text(30).repeat(random.pick([0, 1, 1, 1, 40]));
}

function editsBetween(from: ProjectFiles, to: ProjectFiles): BatchOp[] {
  const top = Object.keys(from).filter((path) => !path.includes('/'));
  const removals = top.map((path) => ({ type: 'delete', path }) as const);
  return [...removals, ...Object.entries(to).flatMap(([path, entry]) => editsFor(path, entry))];
}

function editsFor(path: string, entry: ProjectEntry): BatchOp[] {
  if (entry.kind === 'symlink') return [{ type: 'symlink', path, target: entry.target }];
  const { mode } = entry;
  if (entry.kind === 'file') return [{ type: 'write', path, content: entry.text, mode }];
  return [
    { type: 'mkdir', path },
    { type: 'chmod', path, mode },
  ];
}

/** The files alone, as `textsOf` gives them. */
function contentsOf(files: ProjectFiles): Record<string, string> {
  const found = Object.entries(files).flatMap(([path, entry]) =>
    entry.kind === 'file' ? [[path, entry.text] as const] : [],
  );
  return Object.fromEntries(found);
}
