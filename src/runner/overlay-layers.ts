/**
 * The layers of one workspace on disk, and what is known of them. They lie beside the workspace's
 * materialised directory, which a user may have open, and none of them is ever shown by itself.
 */

import { randomUUID } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { removePath } from '../disk/remove-tree.ts';
import { errorCode } from '../primitives/errors.ts';
import { type ObjectId, parseObjectId } from '../primitives/object-id.ts';
import type { TreePath } from '../primitives/path.ts';
import { ownBoot } from '../primitives/process-token.ts';
import { isNearlyFull } from './disk-room.ts';

const OWNER_ALL = 0o700;
const OLD = 'old-';

/** What is known of the layers of a workspace; what is not known is made anew. */
export interface LayerState {
  /** The name of the checkout that the difference layer belongs to. */
  readonly checkout: string;
  /** The tree that both show together; undefined while the layer is being changed. */
  readonly tree: ObjectId | undefined;
  /** What the upper layer leads to from there, once its capture was stored. */
  readonly captured: CapturedLayer | undefined;
  /** Ignored content, once it was looked for in the base. */
  readonly ignored: IgnoredLayers | undefined;
}

/** An upper layer whose content is known. */
export interface CapturedLayer {
  readonly tree: ObjectId;
  /** What becomes of kept content, parents first. */
  readonly kept: readonly KeptChange[];
}

/** A change of content that is not versioned. */
export interface KeptChange {
  readonly path: TreePath;
  /** `moved`: what the upper layer has takes the place of what was kept. */
  readonly change: 'moved' | 'gone';
}

/** An upper layer with changes that could not be stored. */
export interface LeftLayer {
  /** The tree that the command saw. */
  readonly tree: ObjectId;
  /** For whoever stores them later. */
  readonly note: string;
}

/** Where the workspace's ignored content is. */
export interface IgnoredLayers {
  /** Top-most paths in the layer of kept content. */
  readonly kept: readonly TreePath[];
  /** Large directories of the base, with the workspace's changes in layers of their own. */
  readonly mounted: readonly TreePath[];
  /** Paths that are the base's own. */
  readonly linked: readonly TreePath[];
}

/** The directory of a workspace's layers, given that of its materialised files. */
export function overlayDirectory(workDirectory: string): string {
  return `${workDirectory}.overlay`;
}

/** The layers of one workspace. Its methods are for whoever holds the workspace's run lease. */
export class OverlayLayers {
  /** Absolute path. */
  readonly directory: string;

  constructor(directory: string) {
    this.directory = directory;
  }

  /** Over the checkout: shows the tree of the workspace. */
  get difference(): string {
    return join(this.directory, 'difference');
  }

  /** Below everything: ignored content that is the workspace's own. */
  get kept(): string {
    return join(this.directory, 'kept');
  }

  /** What a command changes. */
  get upper(): string {
    return join(this.directory, 'upper');
  }

  /** The kernel's own. */
  get work(): string {
    return join(this.directory, 'work');
  }

  /** Covered by a file system in memory while a command runs. */
  get stage(): string {
    return join(this.directory, 'stage');
  }

  /** The mounts of a run. */
  get mounts(): string {
    return join(this.directory, 'mounts');
  }

  /** Where changes of a large ignored directory are kept. */
  ignored(name: string): { readonly upper: string; readonly work: string } {
    const root = join(this.directory, 'ignored', name);
    return { upper: join(root, 'upper'), work: join(root, 'work') };
  }

  /** Makes the directories that are missing, for their owner alone. */
  create(): void {
    for (const path of [this.difference, this.kept, this.stage]) {
      mkdirSync(path, { recursive: true, mode: OWNER_ALL });
    }
  }

  /**
   * Makes upper and working directories for another command. What the last one has left is set
   * aside until {@link removeOld}, which a disk that is nearly full does not wait for.
   *
   * @param mounted - the names of large ignored directories; their changes stay.
   */
  async renew(mode: number, mounted: readonly string[]): Promise<void> {
    this.forgetLeft();
    this.#setAside(this.upper);
    if (isNearlyFull(this.directory)) await this.removeOld();
    mkdirSync(this.upper, { mode: OWNER_ALL | mode });
    this.renewWork(mounted);
  }

  /** Makes working directories: none can be used that holds what an earlier mount put there. */
  renewWork(mounted: readonly string[]): void {
    for (const work of [this.work, ...mounted.map((name) => this.ignored(name).work)]) {
      this.#setAside(work);
      mkdirSync(work, { recursive: true, mode: OWNER_ALL });
    }
  }

  /** Removes what was set aside, without keeping the event loop from others. */
  async removeOld(): Promise<void> {
    const old = readdirSync(this.directory).filter((name) => name.startsWith(OLD));
    for (const path of old.map((name) => join(this.directory, name))) {
      // Private and at rest, so that plain names will do; but for directories that were shut.
      await rm(path, { recursive: true, force: true }).catch(() => removePath(path));
    }
  }

  /** Beside its place, as a directory that was shut can be renamed but not moved elsewhere. */
  #setAside(path: string): void {
    try {
      renameSync(path, join(this.directory, `${OLD}${randomUUID()}`));
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') throw error;
    }
  }

  /** Drops the difference layer. */
  async clearDifference(): Promise<void> {
    await removePath(this.difference);
    mkdirSync(this.difference, { mode: OWNER_ALL });
  }

  /** What is known, or undefined when nothing is. */
  read(): LayerState | undefined {
    const value = readJson(this.#state);
    return value === undefined ? undefined : parseState(value);
  }

  /** The same without the tree after a restart of the machine: a power cut may have cut the layer. */
  readTrusted(): LayerState | undefined {
    const state = this.read();
    const { boot } = fieldsOf(readJson(this.#state));
    return boot === ownBoot() ? state : state && { ...state, tree: undefined };
  }

  /** Whether the upper layer holds what could not be stored. */
  get isLeft(): boolean {
    return existsSync(this.#left);
  }

  /** What is to be known of that. */
  readLeft(): LeftLayer | undefined {
    const { tree, note } = fieldsOf(readJson(this.#left));
    const id = parseId(tree);
    return id === undefined || typeof note !== 'string' ? undefined : { tree: id, note };
  }

  /** Removes what a command has changed, to make room. */
  async dropUpper(): Promise<void> {
    this.#setAside(this.upper);
    await this.removeOld();
  }

  /** Notes that the upper layer must stay. */
  writeLeft(left: LeftLayer): void {
    writeFileSync(this.#left, JSON.stringify(left));
  }

  /** The upper layer need not stay. */
  forgetLeft(): void {
    rmSync(this.#left, { force: true });
  }

  /** Replaces what is known, in one step, unless it is known already: that is a step on a disk. */
  write(state: LayerState): void {
    const text = JSON.stringify({ ...state, boot: ownBoot() });
    if (readText(this.#state) === text) return;
    writeFileSync(`${this.#state}.new`, text);
    renameSync(`${this.#state}.new`, this.#state);
  }

  get #state(): string {
    return join(this.directory, 'state.json');
  }

  get #left(): string {
    return join(this.directory, 'left.json');
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** A file that was cut short says as much as none. */
function readJson(path: string): unknown {
  try {
    return JSON.parse(readText(path) ?? '');
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function parseState(value: unknown): LayerState | undefined {
  const { checkout, tree, captured, ignored } = fieldsOf(value);
  if (typeof checkout !== 'string') return undefined;
  return {
    checkout,
    tree: parseId(tree),
    captured: parseCaptured(captured),
    ignored: parseIgnored(ignored),
  };
}

function parseCaptured(value: unknown): CapturedLayer | undefined {
  const fields = fieldsOf(value);
  const tree = parseId(fields['tree']);
  const changes = Array.isArray(fields['kept']) ? fields['kept'].map(fieldsOf) : [];
  const moved = parsePaths(changes.map(({ path }) => path));
  if (tree === undefined || moved === undefined) return undefined;
  const kept = moved.map(
    (path, index): KeptChange => ({
      path,
      change: changes[index]?.['change'] === 'gone' ? 'gone' : 'moved',
    }),
  );
  return { tree, kept };
}

function parseIgnored(value: unknown): IgnoredLayers | undefined {
  const fields = fieldsOf(value);
  const kept = parsePaths(fields['kept']);
  const mounted = parsePaths(fields['mounted']);
  const linked = parsePaths(fields['linked']);
  if (kept === undefined || mounted === undefined || linked === undefined) return undefined;
  return { kept, mounted, linked };
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function parseId(value: unknown): ObjectId | undefined {
  return typeof value === 'string' ? parseObjectId(value) : undefined;
}

function parsePaths(value: unknown): TreePath[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const isPath = (each: unknown): each is TreePath =>
    typeof each === 'string' && !each.startsWith('/') && !each.split('/').includes('..');
  return value.every(isPath) ? value : undefined;
}
