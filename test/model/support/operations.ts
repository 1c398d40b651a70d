/** Random operations on workspaces, leaning to paths that exist and to names that clash. */

import type { BatchOp } from '../../../src/index.ts';
import type { ModelFiles } from '../../support/model.ts';
import type { ModelOrigin, ModelWorkspaces } from './model-workspaces.ts';
import type { Random } from './random.ts';

/** One operation as plain data, so that a failure can print it. */
export type Operation =
  | { do: 'write'; in: string; path: string; data: string; flag: 'w' | 'a' | 'wx'; mode?: number }
  | { do: 'patch'; in: string; path: string; data: string; position: number }
  | { do: 'mkdir'; in: string; path: string; recursive: boolean; mode?: number }
  | { do: 'delete'; in: string; path: string; recursive: boolean; force: boolean }
  | { do: 'move'; in: string; from: string; to: string; overwrite: boolean }
  | { do: 'copy'; in: string; from: string; to: string; overwrite: boolean; recursive: boolean }
  | { do: 'chmod'; in: string; path: string; mode: number }
  | { do: 'symlink'; in: string; path: string; target: string }
  | { do: 'batch'; in: string; operations: BatchOp[] }
  | { do: 'read' | 'readlink' | 'stat' | 'lstat' | 'exists'; in: string; path: string }
  | { do: 'list'; in: string; path: string; recursive: boolean }
  | { do: 'snapshot' | 'deleteSnapshot'; in: string; name: string }
  | { do: 'restore'; in: string; name: string; backup?: string }
  | { do: 'undo' | 'redo' | 'history' | 'snapshots'; in: string }
  | { do: 'create'; name: string; origin: ModelOrigin }
  | { do: 'deleteWorkspace'; name: string }
  | { do: 'merge'; source: string; target: string }
  | { do: 'gc' }
  | { do: 'reopen' };

/** An operation in one workspace. */
export type WorkspaceOperation = Extract<Operation, { in: string }>;

const WORKSPACES = ['one', 'two', 'three', 'four'];
const SNAPSHOTS = ['s1', 's2', 's3', 's4', 's5', 's6'];
const NAMES = ['a', 'b', 'c', 'a.b', 'A', 'é', '\u{ff5e}', '\u{1f600}', '%', 'a b'];
const TARGETS = ['a', 'b', '../a', './b/c', 'c', 'a.b/a', '/etc/passwd', '../../../../..', '%'];
const MODES = [0o644, 0o755, 0o600, 0o400, 0o777];

/** How many items a workspace may have before it is cut back. */
const MOST_ITEMS = 150;

/** Bytes above which content is stored in chunks. */
const LARGE = 1024 * 1024;

/** Makes up operations that fit the state of the model. */
export class Operations {
  readonly #random: Random;
  readonly #model: ModelWorkspaces;

  constructor(random: Random, model: ModelWorkspaces) {
    this.#random = random;
    this.#model = model;
  }

  next(): Operation {
    const random = this.#random;
    const name = this.#workspace();
    const files = this.#model.workspaces.get(name)?.files;
    if (files !== undefined && files.items.size > MOST_ITEMS) return this.#cutBack(name, files);
    return random.weighted<() => Operation>([
      [50, () => this.#change(name, files)],
      [25, () => this.#look(name, files)],
      [5, () => ({ do: 'batch', in: name, operations: this.#batch(files) })],
      [3, () => ({ do: 'snapshot', in: name, name: random.pick(SNAPSHOTS) })],
      [2, () => ({ do: 'deleteSnapshot', in: name, name: random.pick(SNAPSHOTS) })],
      [2, () => ({ do: 'restore', in: name, ...this.#restore() })],
      [6, () => ({ do: random.pick(['undo', 'undo', 'redo'] as const), in: name })],
      [1, () => ({ do: random.pick(['history', 'snapshots'] as const), in: name })],
      [2, () => ({ do: 'create', name: random.pick(WORKSPACES), origin: this.#origin() })],
      [0.5, () => ({ do: 'deleteWorkspace', name: random.pick(WORKSPACES) })],
      [2, () => this.#merge()],
      [0.5, () => ({ do: 'gc' })],
      [0.3, () => ({ do: 'reopen' })],
    ])();
  }

  #change(name: string, files: ModelFiles | undefined): Operation {
    const random = this.#random;
    const path = this.#path(files);
    const to = this.#path(files);
    const overwrite = random.chance(0.8);
    const mode = random.chance(0.3) ? { mode: random.pick(MODES) } : {};
    return random.weighted<() => Operation>([
      [8, () => ({ do: 'write', in: name, path, ...this.#data(), ...mode })],
      [2, () => ({ do: 'patch', in: name, path, ...this.#patch(files, path) })],
      [3, () => ({ do: 'mkdir', in: name, path, recursive: random.chance(0.5), ...mode })],
      [4, () => ({ do: 'delete', in: name, path, ...this.#deletion() })],
      [4, () => ({ do: 'move', in: name, from: path, to, overwrite })],
      [3, () => ({ do: 'copy', in: name, from: path, to, overwrite, ...this.#depth(0.9) })],
      [2, () => ({ do: 'chmod', in: name, path, mode: random.pick(MODES) })],
      [2, () => ({ do: 'symlink', in: name, path, target: random.pick(TARGETS) })],
    ])();
  }

  #look(name: string, files: ModelFiles | undefined): Operation {
    const random = this.#random;
    const path = this.#path(files);
    if (random.chance(0.2)) return { do: 'list', in: name, path, ...this.#depth(0.4) };
    const kinds = ['read', 'read', 'stat', 'lstat', 'exists', 'readlink'] as const;
    return { do: random.pick(kinds), in: name, path };
  }

  #batch(files: ModelFiles | undefined): BatchOp[] {
    const random = this.#random;
    return Array.from({ length: random.below(5) }, () => {
      const path = this.#path(files);
      const to = this.#path(files);
      const content = random.text(20);
      return random.weighted<() => BatchOp>([
        [6, () => ({ type: 'write', path, content })],
        [2, () => ({ type: 'append', path, content })],
        [1, () => ({ type: 'delete', path })],
        [1, () => ({ type: random.pick(['copy', 'move'] as const), from: path, to })],
        [2, () => ({ type: 'mkdir', path })],
        [1, () => ({ type: 'chmod', path, mode: random.pick(MODES) })],
        [1, () => ({ type: 'symlink', path, target: random.pick(TARGETS) })],
      ])();
    });
  }

  /** Deletes something at the top, so that copies of copies do not fill the memory. */
  #cutBack(name: string, files: ModelFiles): Operation {
    const path = this.#random.pick(files.list('', false));
    return { do: 'delete', in: name, path, recursive: true, force: false };
  }

  #merge(): Operation {
    const source = this.#random.pick(WORKSPACES);
    const target = this.#random.pick(WORKSPACES.filter((each) => each !== source));
    const isKnown = this.#model.workspaces.has(source) && this.#model.workspaces.has(target);
    // The model does not say what a merge of overlapping changes comes to.
    if (isKnown && this.#model.merge(source, target) === 'unknown') return { do: 'gc' };
    return { do: 'merge', source, target };
  }

  #origin(): ModelOrigin {
    const from = this.#random.pick(WORKSPACES);
    const kind = this.#random.below(4);
    if (kind === 0) return {};
    return kind === 1 ? { from, snapshot: this.#random.pick(SNAPSHOTS) } : { from };
  }

  #restore(): { name: string; backup?: string } {
    const name = this.#random.pick(SNAPSHOTS);
    return this.#random.chance(0.2) ? { name, backup: this.#random.pick(SNAPSHOTS) } : { name };
  }

  #workspace(): string {
    const known = [...this.#model.workspaces.keys()];
    return known.length > 0 && this.#random.chance(0.98)
      ? this.#random.pick(known)
      : this.#random.pick(WORKSPACES);
  }

  /** Half of the time a path that exists, sometimes with a name more, in several spellings. */
  #path(files: ModelFiles | undefined): string {
    const random = this.#random;
    const known = files === undefined ? [] : [...files.items.keys()];
    const parts: string[] = [];
    if (known.length > 0 && random.chance(0.65)) parts.push(random.pick(known));
    if (parts.length === 0 || random.chance(0.25)) parts.push(random.pick(NAMES));
    while (random.chance(0.15)) parts.push(random.pick(NAMES));
    const path = random.chance(0.01) ? '' : parts.join('/');
    return random.pick([path, path, path, `/${path}`, `./${path}`, `${path}/`, `/x/../${path}`]);
  }

  #data(): { data: string; flag: 'w' | 'a' | 'wx' } {
    const random = this.#random;
    const flag = random.pick(['w', 'w', 'w', 'a', 'wx'] as const);
    const isLarge = random.chance(0.004);
    const data = isLarge ? random.text(30).padEnd(LARGE + random.below(LARGE), 'é~') : undefined;
    return { data: data ?? random.text(40), flag };
  }

  #patch(files: ModelFiles | undefined, path: string): { data: string; position: number } {
    const item = files?.items.get(path);
    const size = item?.kind === 'file' ? item.content.length : 0;
    return { data: this.#random.text(20), position: this.#random.below(size + 10) };
  }

  #deletion(): { recursive: boolean; force: boolean } {
    return { recursive: this.#random.chance(0.3), force: this.#random.chance(0.2) };
  }

  #depth(chance: number): { recursive: boolean } {
    return { recursive: this.#random.chance(chance) };
  }
}
