/**
 * What is noted down of a workspace's layers, beside them. A note decides what is mounted and taken
 * for the workspace's own, so only one that this user has signed counts.
 */

import { readNote, writeNote } from '../../disk/note-file.ts';
import type { SafeDirectory } from '../../disk/safe-directory.ts';
import { OWNER_ALL } from '../../primitives/entry.ts';
import { type ObjectId, parseObjectId } from '../../primitives/object-id.ts';
import type { TreePath } from '../../primitives/path.ts';
import { ownBoot } from '../../primitives/process-token.ts';
import type { Signer } from '../../primitives/signer.ts';

/** What is known of the layers of a workspace; what is not known is made again. */
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
  /** What becomes of ignored content; undefined for nothing. */
  readonly ignored: CapturedIgnored | undefined;
}

/** Changes of ignored content that are still in the upper layer. */
export interface CapturedIgnored {
  /** The state that they lead to. */
  readonly state: number;
  /** None is below another. */
  readonly changes: readonly KeptChange[];
  /** What was taken from the base anew; nothing, when commands made the changes. */
  readonly refreshed: readonly TreePath[];
}

/** A change of content that is not versioned. */
export interface KeptChange {
  readonly path: TreePath;
  /** `moved`: what the upper layer has takes the place of what was kept; `mode`: of a directory. */
  readonly change: 'moved' | 'gone' | 'mode';
}

/** An upper layer with changes that could not be stored. */
export interface LeftLayer {
  /** The tree that the layers below show. */
  readonly tree: ObjectId;
  /** The tree that the command was shown at last. */
  readonly seen: ObjectId;
  /** What storing them later needs to know. */
  readonly note: string;
}

/** Where the workspace's ignored content is. */
export interface IgnoredLayers {
  /** The name of the stock underneath; `''` for none. */
  readonly stock: string;
  /** The state that the layer of kept content shows; 0 for nothing of its own. */
  readonly state: number;
  /** The state that it is being brought to; null when it is in none between. */
  readonly going: number | null;
  /** The steps between states that can be gone, the oldest first. */
  readonly steps: readonly IgnoredStep[];
  /** Paths that are the base's own. */
  readonly linked: readonly TreePath[];
}

/** A change of ignored content, between two states. */
export interface IgnoredStep {
  readonly before: number;
  readonly after: number;
  /** What it has replaced; none is below another. */
  readonly paths: readonly TreePath[];
  /** What was there before it, and nothing is afterwards. */
  readonly removed: readonly TreePath[];
  /** Directories that it has made on the way, or given another mode; parents first. */
  readonly directories: readonly StepDirectory[];
  /** What it has taken from the base anew; nothing, when commands made it. */
  readonly refreshed: readonly TreePath[];
  /** What it keeps on disk to be taken back, or made again. */
  readonly bytes: number;
}

/** A directory in the layer of kept content. */
export interface StepDirectory {
  readonly path: TreePath;
  readonly mode: number;
  /** Its mode before; null where the layer had none. */
  readonly before: number | null;
}

const STATE = 'state.json' as TreePath;
const LEFT = 'left.json' as TreePath;

/** The notes in one directory of layers. */
export class LayerNotes {
  readonly #signer: Signer;
  readonly #subject: string;

  /** @param name - of the directory: a note counts for its own workspace only. */
  constructor(signer: Signer, name: string) {
    this.#signer = signer;
    this.#subject = `layers ${name}`;
  }

  /** What is known, or undefined when nothing is. */
  read(layers: SafeDirectory): LayerState | undefined {
    return parseState(this.#read(layers, STATE));
  }

  /** The same without the tree after a restart of the machine: a power cut may have cut the layer. */
  readTrusted(layers: SafeDirectory): LayerState | undefined {
    const fields = this.#read(layers, STATE);
    const state = parseState(fields);
    return fields?.['boot'] === ownBoot() ? state : state && { ...state, tree: undefined };
  }

  /** Replaces what is known, in one step. */
  write(layers: SafeDirectory, state: LayerState): void {
    this.#write(layers, STATE, { ...state, boot: ownBoot() });
  }

  /** Whether the upper layer holds what could not be stored. */
  isLeft(layers: SafeDirectory): boolean {
    return layers.lstat(LEFT) !== undefined;
  }

  /** What is to be known of that. */
  readLeft(layers: SafeDirectory): LeftLayer | undefined {
    const { note, ...trees } = this.#read(layers, LEFT) ?? {};
    const [tree, seen] = [parseId(trees['tree']), parseId(trees['seen'])];
    if (tree === undefined || seen === undefined || typeof note !== 'string') return undefined;
    return { tree, seen, note };
  }

  /** Notes that the upper layer must stay. */
  writeLeft(layers: SafeDirectory, left: LeftLayer): void {
    this.#write(layers, LEFT, { ...left });
  }

  /** The upper layer need not stay. */
  forgetLeft(layers: SafeDirectory): void {
    if (this.isLeft(layers)) layers.unlink(LEFT);
  }

  /** A note that was cut short, or written by someone else, does not count. */
  #read(layers: SafeDirectory, name: TreePath): Fields | undefined {
    const { signature, ...fields } = fieldsOf(parseJson(readNote(layers, name)));
    const isOwn = this.#signer.isOwn(this.#subject, JSON.stringify(fields), signature);
    return isOwn ? fields : undefined;
  }

  #write(layers: SafeDirectory, name: TreePath, fields: Fields): void {
    const text = JSON.stringify(fields);
    const signature = this.#signer.sign(this.#subject, text);
    writeNote(layers, name, JSON.stringify({ ...fields, signature }));
  }
}

type Fields = Readonly<Record<string, unknown>>;

function parseJson(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

function parseState(fields: Fields | undefined): LayerState | undefined {
  const { checkout, tree, captured, ignored } = fields ?? {};
  if (typeof checkout !== 'string') return undefined;
  return {
    checkout,
    tree: parseId(tree),
    captured: parseCaptured(captured),
    ignored: parseIgnored(ignored),
  };
}

function parseCaptured(value: unknown): CapturedLayer | undefined {
  const { tree, ignored } = fieldsOf(value);
  const id = parseId(tree);
  if (id === undefined) return undefined;
  return { tree: id, ignored: ignored === undefined ? undefined : parseChanges(ignored) };
}

function parseChanges(value: unknown): CapturedIgnored | undefined {
  const { state, changes, refreshed = [] } = fieldsOf(value);
  const each = Array.isArray(changes) ? changes.map(fieldsOf) : [];
  const paths = parsePaths(each.map(({ path }) => path));
  const anew = parsePaths(refreshed);
  if (typeof state !== 'number' || paths === undefined || anew === undefined) return undefined;
  const kindOf = (index: number): KeptChange['change'] => {
    const kind = each[index]?.['change'];
    return kind === 'gone' || kind === 'mode' ? kind : 'moved';
  };
  const found = paths.map((path, index) => ({ path, change: kindOf(index) }));
  return { state, changes: found, refreshed: anew };
}

function parseIgnored(value: unknown): IgnoredLayers | undefined {
  const { stock, state, going: next, steps, linked } = fieldsOf(value);
  const going = typeof next === 'number' ? next : null;
  const links = parsePaths(linked);
  const parsed = Array.isArray(steps) ? steps.map(parseStep) : [undefined];
  const known = parsed.filter((step) => step !== undefined);
  if (typeof stock !== 'string' || typeof state !== 'number' || links === undefined)
    return undefined;
  return known.length < parsed.length
    ? undefined
    : { stock, state, going, steps: known, linked: links };
}

function parseStep(value: unknown): IgnoredStep | undefined {
  const { before, after, bytes, ...given } = fieldsOf(value);
  const paths = parsePaths(given['paths']);
  const removed = parsePaths(given['removed']);
  const refreshed = parsePaths(given['refreshed'] ?? []);
  if (typeof before !== 'number' || typeof after !== 'number' || paths === undefined)
    return undefined;
  const directories = parseDirectories(given['directories']);
  if (typeof bytes !== 'number' || removed === undefined || directories === undefined)
    return undefined;
  if (refreshed === undefined) return undefined;
  return { before, after, paths, removed, directories, refreshed, bytes };
}

function parseDirectories(value: unknown): StepDirectory[] | undefined {
  const each = Array.isArray(value) ? value.map(fieldsOf) : [];
  const paths = parsePaths(each.map(({ path }) => path));
  const modeOf = (mode: unknown): number => (typeof mode === 'number' ? mode & 0o777 : OWNER_ALL);
  return paths?.map((path, index) => {
    const { mode, before } = each[index] ?? {};
    return { path, mode: modeOf(mode), before: before === null ? null : modeOf(before) };
  });
}

function fieldsOf(value: unknown): Fields {
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
