/** Does the same in the model and in a real store, and compares what comes of it. */

import { chmodSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { AgentFS } from '../../../src/index.ts';
import { errorCode } from '../../../src/primitives/errors.ts';
import { ModelFiles, Refusal } from '../../support/model.ts';
import { ModelWorkspaces } from './model-workspaces.ts';
import { onModel } from './on-model.ts';
import { makeAnew, onStore, readAll } from './on-store.ts';
import { type Operation, Operations } from './operations.ts';
import { Random } from './random.ts';

/** What came of an operation: a value, or the code of an error. */
type Outcome = { readonly value: unknown } | { readonly code: string };

/** Operations between two comparisons of everything. */
const COMPARE_EVERY = 100;

/** What the failure of an operation shows of those before it. */
const SHOWN_OPERATIONS = 25;

// Times are part of a tree: only with a clock that stands still are ids a matter of content alone.
const clock = { now: (): number => 1_700_000_000_000 };

/** What the base holds, all the time. */
const BASE = new ModelFiles()
  .write('a/a', 'base aa')
  .write('a/b', 'base ab')
  .write('b', 'base b')
  .write('c/a/b', 'base cab')
  .write('a b', 'base a b')
  .write('%', '');

/**
 * Runs `count` random operations against the model and a store on disk, on which two AgentFS work.
 *
 * @returns what has happened: operations with `done` or the code of their refusal.
 * @throws {Error} with the seed and the last operations as soon as the two differ.
 */
export async function compareWithModel(seed: number, count: number): Promise<ReadonlySet<string>> {
  const base = mkdtempSync(join(tmpdir(), 'agentfs-model-'));
  writeBase(base);
  const comparison = new Comparison(base, seed);
  try {
    return await comparison.run(count);
  } finally {
    await comparison.close();
    rmSync(base, { recursive: true });
  }
}

class Comparison {
  readonly #base: string;
  readonly #seed: number;
  readonly #random: Random;
  readonly #model = new ModelWorkspaces(BASE);
  readonly #operations: Operations;
  readonly #opened: AgentFS[] = [];
  readonly #log: string[] = [];

  constructor(base: string, seed: number) {
    this.#base = base;
    this.#seed = seed;
    this.#random = new Random(seed);
    this.#operations = new Operations(this.#random, this.#model);
    this.#opened.push(this.#open(), this.#open());
  }

  async run(count: number): Promise<ReadonlySet<string>> {
    const happened = new Set<string>();
    for (let i = 1; i <= count; i++) {
      const operation = this.#operations.next();
      const which = this.#random.below(this.#opened.length);
      this.#log.push(`${i} by ${which}: ${JSON.stringify(operation).slice(0, 300)}`);
      const expected = outcomeOf(() => onModel(this.#model, operation));
      const actual = await asyncOutcomeOf(() => this.#onStore(which, operation));
      if (!isDeepStrictEqual(actual, expected)) this.#fail('The outcomes differ', actual, expected);
      happened.add(`${operation.do}: ${'code' in expected ? expected.code : 'done'}`);
      if (i % COMPARE_EVERY === 0 || i === count) await this.#compareAll();
    }
    await this.#compareIds();
    const report = await this.#afs(0).verify();
    if (!report.ok) this.#fail('The store is damaged', report, 'ok');
    return happened;
  }

  async close(): Promise<void> {
    for (const afs of this.#opened) await afs.close();
  }

  #open(): AgentFS {
    return new AgentFS(this.#base, { clock });
  }

  #afs(which: number): AgentFS {
    const afs = this.#opened[which];
    if (afs === undefined) throw new Error('There are two.');
    return afs;
  }

  async #onStore(which: number, operation: Operation): Promise<unknown> {
    if (operation.do !== 'reopen') return onStore(this.#afs(which), operation);
    await this.#afs(which).close();
    this.#opened[which] = this.#open();
    return undefined;
  }

  /** Reads all of every workspace, through either of the two. */
  async #compareAll(): Promise<void> {
    const afs = this.#afs(this.#random.below(2));
    const names = (await afs.workspace.list()).map(({ name }) => name);
    const known = [...this.#model.workspaces.keys()];
    if (!isDeepStrictEqual(names.toSorted(), known.toSorted())) {
      this.#fail('The workspaces differ', names, known);
    }
    for (const [name, { files }] of this.#model.workspaces) {
      const items = await readAll(await afs.workspace.get(name));
      for (const path of new Set([...items.keys(), ...files.items.keys()])) {
        const [actual, expected] = [items.get(path), files.items.get(path)];
        if (!isDeepStrictEqual(actual, expected)) {
          this.#fail(`${path} differs in ${name}`, actual, expected);
        }
      }
    }
  }

  /** Makes every final tree anew, in another order: it must have the same id. */
  async #compareIds(): Promise<void> {
    for (const [name, { files }] of this.#model.workspaces) {
      const [one, two] = [this.#afs(0), this.#afs(1)];
      const grown = await (await one.workspace.get(name)).snapshot.create('grown');
      const workspace = await two.workspace.create(`${name}-anew`);
      await makeAnew(workspace, this.#random.shuffled([...files.items]));
      const made = await workspace.snapshot.create('made');
      if (made.tree !== grown.tree) this.#fail(`The ids of ${name} differ`, grown.tree, made.tree);
    }
  }

  #fail(what: string, actual: unknown, expected: unknown): never {
    const [got, wanted] = [actual, expected].map((each) => JSON.stringify(each)?.slice(0, 1000));
    const last = this.#log.slice(-SHOWN_OPERATIONS).join('\n');
    throw new Error(`${what} (seed ${this.#seed}).\nstore: ${got}\nmodel: ${wanted}\n${last}`);
  }
}

function writeBase(base: string): void {
  for (const [path, item] of BASE.items) {
    const target = join(base, path);
    if (item.kind === 'directory') mkdirSync(target);
    if (item.kind === 'file') writeFileSync(target, item.content);
    if (item.kind !== 'symlink') chmodSync(target, item.mode);
  }
  const seconds = clock.now() / 1000;
  for (const path of BASE.items.keys()) utimesSync(join(base, path), seconds, seconds);
}

function outcomeOf(action: () => unknown): Outcome {
  try {
    return { value: action() };
  } catch (error) {
    if (error instanceof Refusal) return { code: error.code };
    throw error;
  }
}

async function asyncOutcomeOf(action: () => Promise<unknown>): Promise<Outcome> {
  try {
    return { value: await action() };
  } catch (error) {
    const code = errorCode(error);
    if (code === undefined) throw error;
    return { code };
  }
}
