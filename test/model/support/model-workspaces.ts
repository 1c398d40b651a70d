/** Workspaces with snapshots, undo and merging, as plain values over {@link ModelFiles}. */

import { ModelFiles, type ModelItem, parentOf, Refusal, sameItem } from '../../support/model.ts';

/** A recorded step: what undo goes back to, and redo forward. */
interface ModelStep {
  readonly kind: string;
  readonly before: ModelFiles;
  readonly after: ModelFiles;
}

/** One workspace. */
export class ModelWorkspace {
  files: ModelFiles;
  /** What it was forked from, to which a merge compares. */
  readonly fork: ModelFiles;
  readonly snapshots: Map<string, ModelFiles> = new Map();
  readonly #start: ModelFiles;
  #steps: ModelStep[] = [];
  #done = 0;

  constructor(files: ModelFiles, fork: ModelFiles) {
    this.files = files;
    this.fork = fork;
    this.#start = files;
  }

  /** The recorded steps, newest first, as `kind` or `kind, undone`. */
  get history(): string[] {
    return this.#steps.map(({ kind }, i) => (i < this.#done ? kind : `${kind}, undone`)).reverse();
  }

  /** Makes a change that is a step of its own; when it is refused, nothing has happened. */
  step(kind: string, change: (files: ModelFiles) => ModelFiles): void {
    const after = change(this.files);
    this.#settle();
    if (!after.equals(this.files)) this.#record({ kind, before: this.files, after });
    this.files = after;
  }

  undo(): void {
    this.#settle();
    const step = this.#steps[this.#done - 1];
    if (step === undefined) throw new Refusal('NOTHING_TO_UNDO');
    this.#done -= 1;
    this.files = step.before;
  }

  redo(): void {
    const isSettled = this.files.equals(this.#expected());
    const step = isSettled ? this.#steps[this.#done] : undefined;
    if (step === undefined) throw new Refusal('NOTHING_TO_REDO');
    this.#done += 1;
    this.files = step.after;
  }

  takeSnapshot(name: string): void {
    if (this.snapshots.has(name)) throw new Refusal('SNAPSHOT_EXISTS');
    this.snapshots.set(name, this.files);
  }

  snapshotFiles(name: string): ModelFiles {
    const files = this.snapshots.get(name);
    if (files === undefined) throw new Refusal('SNAPSHOT_NOT_FOUND');
    return files;
  }

  restore(name: string, backup: string | undefined): void {
    const files = this.snapshotFiles(name);
    if (backup !== undefined) this.takeSnapshot(backup);
    this.step('restore', () => files);
  }

  /** Writes since the newest step become a step, and what was undone is forgotten. */
  #settle(): void {
    const before = this.#expected();
    if (!this.files.equals(before)) this.#record({ kind: 'edit', before, after: this.files });
  }

  #expected(): ModelFiles {
    return this.#steps[this.#done - 1]?.after ?? this.#start;
  }

  #record(step: ModelStep): void {
    this.#steps = [...this.#steps.slice(0, this.#done), step];
    this.#done = this.#steps.length;
  }
}

/** What a merge must come to: files, a conflict, or something that the model does not judge. */
export type ModelMerge = ModelFiles | 'conflict' | 'unknown';

/** Merges path by path; judges only disjoint changes and files that both sides rewrote. */
export function mergeModels(base: ModelFiles, ours: ModelFiles, theirs: ModelFiles): ModelMerge {
  const merged = new Map<string, ModelItem>();
  let isDisjoint = true;
  for (const path of new Set([
    ...base.items.keys(),
    ...ours.items.keys(),
    ...theirs.items.keys(),
  ])) {
    const [before, here, there] = [base.at(path), ours.at(path), theirs.at(path)];
    if (isRewrittenTwice(before, here, there)) return 'conflict';
    const isChangedTwice = !sameItem(before, here) && !sameItem(before, there);
    if (isChangedTwice && !sameItem(here, there)) isDisjoint = false;
    const item = sameItem(before, here) ? there : here;
    if (item !== undefined) merged.set(path, item);
  }
  const files = new ModelFiles(merged);
  const isWhole = [...merged.keys()].every(
    (path) => files.at(parentOf(path))?.kind === 'directory',
  );
  return isDisjoint && isWhole ? files : 'unknown';
}

/** One line without an end on all sides: no place in it is another place. */
function isRewrittenTwice(
  base: ModelItem | undefined,
  ours: ModelItem | undefined,
  theirs: ModelItem | undefined,
): boolean {
  if (ours?.kind !== 'file' || theirs?.kind !== 'file') return false;
  if (base === undefined) return ours.content !== theirs.content;
  return base.kind === 'file' && new Set([base, ours, theirs].map(contentOf)).size === 3;
}

function contentOf(item: ModelItem): string | undefined {
  return item.kind === 'file' ? item.content : undefined;
}

/** All workspaces of a base. */
export class ModelWorkspaces {
  readonly workspaces: Map<string, ModelWorkspace> = new Map();
  readonly #base: ModelFiles;

  constructor(base: ModelFiles) {
    this.#base = base;
  }

  get(name: string): ModelWorkspace {
    const workspace = this.workspaces.get(name);
    if (workspace === undefined) throw new Refusal('WORKSPACE_NOT_FOUND');
    return workspace;
  }

  create(name: string, origin: ModelOrigin): void {
    if (this.workspaces.has(name)) throw new Refusal('WORKSPACE_EXISTS');
    const source = origin.from === undefined ? undefined : this.get(origin.from);
    const files =
      origin.snapshot === undefined ? source?.files : source?.snapshotFiles(origin.snapshot);
    const fork = source?.fork ?? this.#base;
    this.workspaces.set(name, new ModelWorkspace(files ?? this.#base, fork));
  }

  delete(name: string): void {
    this.get(name);
    this.workspaces.delete(name);
  }

  /** What merging `source` into `target` must come to. */
  merge(source: string, target: string): ModelMerge {
    const from = this.get(source);
    const into = this.get(target);
    return mergeModels(from.fork, into.files, from.files);
  }
}

/** What a workspace is made from: the base, a workspace, or a snapshot of one. */
export interface ModelOrigin {
  readonly from?: string | undefined;
  readonly snapshot?: string | undefined;
}
