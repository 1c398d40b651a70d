/**
 * A base directory that its user edits while three workspaces commit to it, as plain maps. The maps
 * are merged by the same few rules as workspaces, so only disjoint changes have an expected result.
 */

import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { AgentFS, type Workspace } from '../../../src/index.ts';
import { errorCode } from '../../../src/primitives/errors.ts';
import { ModelFiles, type ModelItem, sameItem } from '../../support/model.ts';
import { mergeModels } from './model-workspaces.ts';
import { readAll } from './on-store.ts';
import { Random } from './random.ts';

const WORKSPACES = ['one', 'two', 'three'] as const;
const DIRECTORIES = ['', 'a', 'b', 'b/c', 'deep/er/down'];
const NAMES = ['f', 'g', 'h', 'i', 'j', 'k', 'l', 'é', 'Makefile'];
const MODES = [0o644, 0o755, 0o600];

/** A workspace of the model: what it is now, and what it was made from. */
interface Side {
  files: ModelFiles;
  fork: ModelFiles;
}

/** What has happened, by name, with how often. */
export type Tally = ReadonlyMap<string, number>;

/**
 * Lets a user and three workspaces change one base `count` times.
 *
 * @throws {Error} with the seed and the last steps when the base is not what the maps say.
 */
export async function compareBaseWithModel(seed: number, count: number): Promise<Tally> {
  const root = mkdtempSync(join(tmpdir(), 'agentfs-base-model-'));
  const afs = new AgentFS(root);
  try {
    return await new BaseComparison(root, afs, seed).run(count);
  } finally {
    await afs.close();
    rmSync(root, { recursive: true });
  }
}

class BaseComparison {
  readonly #root: string;
  readonly #afs: AgentFS;
  readonly #seed: number;
  readonly #random: Random;
  readonly #sides = new Map<string, Side>();
  readonly #tally = new Map<string, number>();
  readonly #log: string[] = [];
  #base = new ModelFiles();

  constructor(root: string, afs: AgentFS, seed: number) {
    this.#root = root;
    this.#afs = afs;
    this.#seed = seed;
    this.#random = new Random(seed);
  }

  async run(count: number): Promise<Tally> {
    for (let i = 0; i < 20; i++) this.#editBase();
    for (const name of WORKSPACES) await this.#create(name);
    for (let i = 0; i < count; i++) await this.#step();
    await this.#expectScanned();
    const report = await this.#afs.verify();
    if (!report.ok) this.#fail('The store is damaged', report, 'ok');
    return this.#tally;
  }

  async #step(): Promise<void> {
    const name = this.#random.pick(WORKSPACES);
    await this.#random.weighted<() => Promise<void> | void>([
      [10, () => this.#editBase()],
      [10, () => this.#editWorkspace(name)],
      [5, () => this.#commit(name)],
      [1, () => this.#rebase(name)],
      [0.3, () => this.#expectScanned()],
    ])();
  }

  /** The user does something to a file; whatever it is, the next commit has to keep it. */
  #editBase(): void {
    const path = this.#path(this.#base);
    const target = join(this.#root, path);
    const item = this.#base.at(path);
    const change = this.#random.weighted<() => string>([
      [6, () => this.#writeOnDisk(path, this.#content())],
      [4, () => this.#writeSameSize(path, item)],
      [2, () => this.#removeOnDisk(path, item)],
      [2, () => this.#renameOnDisk(path, item, this.#path(this.#base))],
      [2, () => this.#chmodOnDisk(target, item)],
    ])();
    this.#note(`user: ${change}`, `${change} ${path}`);
    this.#base = readBase(this.#root);
  }

  #writeOnDisk(path: string, content: string): string {
    const target = join(this.#root, path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, content);
    return 'write';
  }

  /** As git and editors may: other content of the same size, within the same tick of the clock. */
  #writeSameSize(path: string, item: ModelItem | undefined): string {
    if (item?.kind !== 'file') return this.#writeOnDisk(path, this.#content());
    const target = join(this.#root, path);
    const content = this.#random.shuffled([...item.content]).join('');
    if (this.#random.chance(0.5)) {
      writeFileSync(target, content);
      return 'rewrite in place';
    }
    writeFileSync(`${target}.tmp`, content, { mode: item.mode });
    renameSync(`${target}.tmp`, target);
    return 'replace by a file of the same size';
  }

  #removeOnDisk(path: string, item: ModelItem | undefined): string {
    if (item === undefined) return 'nothing';
    // Sometimes the whole directory; an emptied one stays, as an editor leaves it.
    const isWhole = this.#random.chance(0.2) && dirname(path) !== '.';
    rmSync(join(this.#root, isWhole ? dirname(path) : path), { recursive: true });
    return isWhole ? 'delete the directory of' : 'delete';
  }

  #renameOnDisk(path: string, item: ModelItem | undefined, to: string): string {
    if (item === undefined) return 'nothing';
    mkdirSync(dirname(join(this.#root, to)), { recursive: true });
    renameSync(join(this.#root, path), join(this.#root, to));
    return 'rename';
  }

  #chmodOnDisk(target: string, item: ModelItem | undefined): string {
    if (item === undefined) return 'nothing';
    chmodSync(target, this.#random.pick(MODES));
    return 'chmod';
  }

  async #editWorkspace(name: string): Promise<void> {
    const workspace = await this.#afs.workspace.get(name);
    const side = this.#side(name);
    const path = this.#path(side.files);
    const item = side.files.at(path);
    const kind = this.#random.below(5);
    if (kind === 0 && item !== undefined) {
      await workspace.delete(path);
      side.files = side.files.delete(path, { recursive: false, force: false });
    } else if (kind === 1 && item !== undefined) {
      const mode = this.#random.pick(MODES);
      await workspace.chmod(path, mode);
      side.files = side.files.chmod(path, mode);
    } else if (kind === 2 && item !== undefined) {
      const to = this.#path(side.files);
      await workspace.move(path, to);
      side.files = side.files.move(path, to, { overwrite: true });
    } else {
      const content = this.#content();
      await workspace.writeFile(path, content);
      side.files = side.files.write(path, content);
    }
    this.#note('workspace: edit', `${name} edits ${path}`);
  }

  /** Commits; the base must be the merge, or, with a conflict, be as it was. */
  async #commit(name: string): Promise<void> {
    const workspace = await this.#afs.workspace.get(name);
    const side = this.#side(name);
    const expected = mergeModels(side.fork, side.files, this.#base);
    const code = await codeOf(workspace.commit(`commit of ${name}`));
    this.#note(`commit: ${code ?? 'done'}`, `${name} commits: ${code ?? 'done'}`);
    const after = readBase(this.#root);
    if (code !== undefined) {
      this.#expectSame('A refused commit changed the base', after, this.#base);
      this.#expectRefusal(code, expected, side);
      if (code === 'CONFLICT') await this.#start(name, workspace);
      return;
    }
    if (expected === 'conflict') this.#fail('A conflict was overlooked', code, expected);
    if (expected !== 'unknown') this.#expectSame('The base is not the merge', after, expected);
    this.#expectKept(side, after);
    this.#base = after;
    side.files = after;
    side.fork = after;
    this.#expectSame(`${name} is not the base`, await filesOf(workspace), after);
  }

  /** What only the user has done to a file is in the base, whatever else was merged. */
  #expectKept(side: Side, after: ModelFiles): void {
    for (const path of new Set([...side.fork.items.keys(), ...this.#base.items.keys()])) {
      const [before, edited] = [side.fork.at(path), this.#base.at(path)];
      const isUsers = !sameItem(before, edited) && sameItem(before, side.files.at(path));
      const isFile = edited?.kind === 'file' || (edited === undefined && before?.kind === 'file');
      if (!isUsers || !isFile || sameItem(after.at(path), edited)) continue;
      this.#fail(`An edit of the user is lost: ${path}`, after.at(path), edited);
    }
  }

  #expectRefusal(code: string, expected: unknown, side: Side): void {
    if (code === 'NOTHING_TO_COMMIT') {
      const isEmpty =
        expected === 'unknown' || (expected instanceof ModelFiles && expected.equals(this.#base));
      if (!isEmpty) this.#fail('There was something to commit', code, [...side.files.items]);
      return;
    }
    if (code !== 'CONFLICT' || expected instanceof ModelFiles) {
      this.#fail('The changes are disjoint', code, expected);
    }
  }

  /** Gives up the changes of a workspace and makes it like the base. */
  async #start(name: string, workspace: Workspace): Promise<void> {
    await this.#afs.workspace.delete(workspace.name);
    await this.#create(name);
  }

  async #rebase(name: string): Promise<void> {
    const workspace = await this.#afs.workspace.get(name);
    const side = this.#side(name);
    const expected = mergeModels(side.fork, side.files, this.#base);
    const code = await codeOf(workspace.rebase());
    this.#note(`rebase: ${code ?? 'done'}`, `${name} rebases: ${code ?? 'done'}`);
    if (code !== undefined) {
      if (code !== 'MERGE_CONFLICT' || expected instanceof ModelFiles) {
        this.#fail('The changes are disjoint', code, expected);
      }
      this.#expectSame(`${name} has changed`, await filesOf(workspace), side.files);
      return;
    }
    const actual = await filesOf(workspace);
    if (expected instanceof ModelFiles) this.#expectSame(`${name} is wrong`, actual, expected);
    side.files = actual;
    side.fork = this.#base;
  }

  async #create(name: string): Promise<void> {
    const workspace = await this.#afs.workspace.create(name);
    this.#sides.set(name, { files: this.#base, fork: this.#base });
    this.#expectSame(`${name} is not the base`, await filesOf(workspace), this.#base);
  }

  /** A scan that knows the base, and one that has never seen it, must find the same. */
  async #expectScanned(): Promise<void> {
    await using known = await this.#afs.workspace.temp('known');
    await using fresh = new AgentFS(this.#root, { storage: 'memory' });
    const unknown = await fresh.workspace.create('unknown');
    this.#note('scan: done', 'scan');
    this.#expectSame('The scans differ', await filesOf(known), await filesOf(unknown));
  }

  #expectSame(what: string, actual: ModelFiles, expected: ModelFiles): void {
    for (const path of new Set([...actual.items.keys(), ...expected.items.keys()])) {
      const [found, wanted] = [actual.items.get(path), expected.items.get(path)];
      if (!isDeepStrictEqual(found, wanted)) this.#fail(`${what}: ${path}`, found, wanted);
    }
  }

  #side(name: string): Side {
    const side = this.#sides.get(name);
    if (side === undefined) throw new Error(`${name} was never created.`);
    return side;
  }

  #path(files: ModelFiles): string {
    const known = [...files.items].filter(([, { kind }]) => kind === 'file');
    if (known.length > 0 && this.#random.chance(0.5)) return this.#random.pick(known)[0];
    const directory = this.#random.pick(DIRECTORIES);
    return join(directory, this.#random.pick(NAMES));
  }

  #content(): string {
    return this.#random.text(20);
  }

  #note(what: string, step: string): void {
    this.#tally.set(what, (this.#tally.get(what) ?? 0) + 1);
    this.#log.push(step);
  }

  #fail(what: string, actual: unknown, expected: unknown): never {
    const [got, wanted] = [actual, expected].map((each) => JSON.stringify(each)?.slice(0, 500));
    const last = this.#log.slice(-30).join('\n');
    throw new Error(`${what} (seed ${this.#seed}).\nfound: ${got}\nexpected: ${wanted}\n${last}`);
  }
}

/** Everything in a base but the store. */
function readBase(root: string): ModelFiles {
  const items = new Map<string, ModelItem>();
  const paths = readdirSync(root, { recursive: true, encoding: 'utf8' });
  for (const path of paths.filter((each) => each.split('/')[0] !== '.agentfs')) {
    const stats = lstatSync(join(root, path));
    const mode = stats.mode & 0o777;
    if (stats.isDirectory()) items.set(path, { kind: 'directory', mode });
    else items.set(path, { kind: 'file', content: readFileSync(join(root, path), 'latin1'), mode });
  }
  return new ModelFiles(items);
}

async function filesOf(workspace: Workspace): Promise<ModelFiles> {
  return new ModelFiles(await readAll(workspace));
}

async function codeOf(action: Promise<unknown>): Promise<string | undefined> {
  try {
    await action;
    return undefined;
  } catch (error) {
    const code = errorCode(error);
    if (code === undefined) throw error;
    return code;
  }
}
