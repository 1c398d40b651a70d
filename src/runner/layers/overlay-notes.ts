/**
 * What is noted down of a workspace's layers, beside them. A note decides what is mounted and taken
 * for the workspace's own, so only one that this user has signed counts.
 */

import { readNote, writeNote } from '../../disk/note-file.ts';
import type { SafeDirectory } from '../../disk/safe-directory.ts';
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
  /** The tree that the layers below show. */
  readonly tree: ObjectId;
  /** The tree that the command was shown at last. */
  readonly seen: ObjectId;
  /** What storing them later needs to know. */
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
