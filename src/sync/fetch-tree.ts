/**
 * Fetches a tree from a remote: whatever is here already is not asked for, what comes is checked and
 * kept at once, so memory stays flat and an interrupted transfer goes on where it was. Contents
 * become objects right away; nodes and manifests wait in `incoming` until the tree is whole.
 */

import { CHUNK_THRESHOLD } from '../primitives/limits.ts';
import type { ObjectId } from '../primitives/object-id.ts';
import type { Pin, Store } from '../store/store.ts';
import { decodeNode, type TreeNode } from '../tree/node.ts';
import type { Trees } from '../tree/trees.ts';
import {
  checkIndex,
  checkManifest,
  checkNode,
  type ManifestClaim,
  partClaims,
} from './check-node.ts';
import { type Fetched, fetchObjects } from './fetch-objects.ts';
import { corruptObject, type Expected } from './payload.ts';
import type { Remote, RemoteCall } from './remote.ts';
import { requireBounded } from './tree-size.ts';
import { stepDown, type WalkStep, walkFrom } from './tree-walk.ts';

/** Where objects come from, and where they go to. */
export interface Fetching {
  readonly remote: Remote;
  readonly store: Store;
  readonly trees: Trees;
  /** Number of the workspace that they are for. */
  readonly workspace: number;
  /** Holds what is found or stored until something refers to it. */
  readonly pin: Pin;
  readonly onFetched: (objects: number, bytes: number) => void;
}

interface NodeStep extends WalkStep {
  readonly kind: 'node';
}

type ManifestStep = ManifestClaim & { readonly kind: 'manifest' };

/** A file, a chunk, or the target of a link. */
interface ContentStep extends Expected {
  readonly kind: 'content';
  readonly size: number;
  readonly isLink: boolean;
}

/**
 * Makes sure that a tree and everything below it is in `objects` or, on its way there, `incoming`.
 *
 * @param known - trees that are whole.
 * @throws {SyncError} REMOTE_CORRUPT, REMOTE_INCOMPLETE, and as {@link Remote} says; {StorageError}.
 */
export async function fetchTree(
  fetching: Fetching,
  root: ObjectId,
  known: readonly ObjectId[],
  call: RemoteCall,
): Promise<void> {
  const fetch = new TreeFetch(fetching, call);
  await fetch.run(walkFrom(root, known));
  fetch.checkIndexes();
  requireBounded(root, (id) => fetch.node(id));
}

/** Bytes of contents that are asked for at once; they come in several answers. */
const CONTENT_BYTES = 16 * 1024 * 1024;

class TreeFetch {
  readonly #fetching: Fetching;
  readonly #call: RemoteCall;
  /** The longest way to each node, as the length of paths depends on it. */
  readonly #visited = new Map<ObjectId, number>();
  readonly #steps: NodeStep[] = [];
  readonly #manifests = new Map<ObjectId, ManifestStep>();
  readonly #contents = new Map<ObjectId, ContentStep>();
  #contentBytes = 0;
  /** The large directories. */
  readonly #indexes = new Set<ObjectId>();

  constructor(fetching: Fetching, call: RemoteCall) {
    this.#fetching = fetching;
    this.#call = call;
  }

  async run(start: readonly WalkStep[]): Promise<void> {
    this.#addNodes(start);
    const { ids } = this.#fetching.remote.limits;
    while (this.#steps.length > 0 || this.#manifests.size > 0 || this.#contents.size > 0) {
      // The newest first: what is open then stays in proportion to the depth, not to the width.
      await this.#takeNodes(this.#steps.splice(-ids));
      if (this.#manifests.size > 0) await this.#takeManifests(takeSome(this.#manifests, ids));
      while (this.#isFull || (this.#isLast && this.#contents.size > 0)) await this.#takeContents();
    }
  }

  /** Checks what only shows when all index nodes of a directory are here. */
  checkIndexes(): void {
    const { trees } = this.#fetching;
    for (const id of this.#indexes)
      checkIndex(id, (below) => this.node(below) ?? trees.node(below));
  }

  /** A node that was looked at; undefined for those of known trees. */
  node(id: ObjectId): TreeNode | undefined {
    const bytes = this.#visited.has(id) ? this.#local(id, 'node') : undefined;
    return bytes === undefined ? undefined : decodeNode(bytes);
  }

  get #isFull(): boolean {
    const { ids } = this.#fetching.remote.limits;
    return this.#contentBytes >= CONTENT_BYTES || this.#contents.size >= ids;
  }

  get #isLast(): boolean {
    return this.#steps.length === 0 && this.#manifests.size === 0;
  }

  async #takeNodes(steps: readonly NodeStep[]): Promise<void> {
    const open = (step: NodeStep, bytes: Uint8Array): void => this.#openNode(step, bytes);
    const absent = new Map(this.#openLocal(steps, open).map((step) => [step.id, step]));
    await this.#fetch([...absent.values()], open);
  }

  async #takeManifests(steps: readonly ManifestStep[]): Promise<void> {
    const open = (step: ManifestStep, bytes: Uint8Array): void => this.#openManifest(step, bytes);
    await this.#fetch(this.#openLocal(steps, open), open);
  }

  /** Opens and pins those nodes or manifests that are here, and returns the others. */
  #openLocal<S extends NodeStep | ManifestStep>(
    steps: readonly S[],
    open: (step: S, bytes: Uint8Array) => void,
  ): S[] {
    const { store, pin } = this.#fetching;
    // Found and pinned in one transaction: garbage collection comes before it or not at all.
    return store.database.transaction(() =>
      steps.filter((step) => {
        const bytes = this.#local(step.id, step.kind);
        if (bytes === undefined) return true;
        pin.add(step.id);
        open(step, bytes);
        return false;
      }),
    );
  }

  async #takeContents(): Promise<void> {
    const { remote, store, pin } = this.#fetching;
    const steps: ContentStep[] = [];
    for (let bytes = 0; bytes < CONTENT_BYTES && steps.length < remote.limits.ids; ) {
      const [step] = takeSome(this.#contents, 1);
      if (step === undefined) break;
      steps.push(step);
      bytes += step.size;
      this.#contentBytes -= step.size;
    }
    const absent = store.database.transaction(() => steps.filter((step) => !this.#keep(step)));
    await fetchObjects(
      remote,
      absent,
      (answer) => {
        store.database.transaction(() => {
          for (const { expected, bytes, deflated } of answer) {
            checkLink(expected, bytes);
            store.objects.put({ id: expected.id, kind: 'content', bytes, deflated });
            pin.add(expected.id);
          }
        });
        this.#report(answer);
      },
      this.#call,
    );
  }

  /** Fetches nodes or manifests and keeps them on their way. */
  async #fetch<E extends NodeStep | ManifestStep>(
    steps: readonly E[],
    open: (step: E, bytes: Buffer) => void,
  ): Promise<void> {
    const { remote, store, workspace } = this.#fetching;
    await fetchObjects(
      remote,
      steps,
      (answer) => {
        for (const { expected, bytes } of answer) open(expected, bytes);
        store.database.transaction(() => {
          for (const { expected, bytes } of answer) {
            store.incoming.put(workspace, { id: expected.id, kind: expected.kind, bytes });
          }
        });
        this.#report(answer);
      },
      this.#call,
    );
  }

  #openNode(step: NodeStep, bytes: Uint8Array): void {
    const node = checkNode(step, bytes);
    if (node.kind === 'index' && step.claim?.piece === undefined) this.#indexes.add(step.id);
    const below = stepDown(this.#fetching.trees, step, node);
    this.#addNodes(below.nodes);
    for (const { id, size, isLink } of below.contents) {
      if (size > CHUNK_THRESHOLD) this.#addManifest({ id, whole: size });
      else this.#addContent({ kind: 'content', id, size, isLink });
    }
  }

  #openManifest(step: ManifestStep, bytes: Uint8Array): void {
    const manifest = checkManifest(step, bytes);
    if (manifest.level > 0) {
      for (const claim of partClaims(manifest)) this.#addManifest(claim);
      return;
    }
    for (const { id, size } of manifest.parts) {
      this.#addContent({ kind: 'content', id, size, isLink: false });
    }
  }

  #addNodes(steps: readonly WalkStep[]): void {
    for (const step of steps) {
      if ((this.#visited.get(step.id) ?? -1) >= step.pathBytes) continue;
      this.#visited.set(step.id, step.pathBytes);
      this.#steps.push({ ...step, kind: 'node' });
    }
  }

  #addManifest(claim: ManifestClaim): void {
    const known = this.#manifests.get(claim.id);
    if (known !== undefined && known.whole !== claim.whole) throw otherSize(claim);
    this.#manifests.set(claim.id, { kind: 'manifest', ...claim });
  }

  #addContent(step: ContentStep): void {
    const known = this.#contents.get(step.id);
    if (known !== undefined && known.size !== step.size) throw otherSize(step);
    if (known === undefined) this.#contentBytes += step.size;
    this.#contents.set(step.id, known?.isLink === true ? known : step);
  }

  /** The bytes of a node or manifest that is here, or undefined. */
  #local(id: ObjectId, kind: 'node' | 'manifest'): Uint8Array | undefined {
    const { store, workspace } = this.#fetching;
    const waiting = store.incoming.read(workspace, id, kind);
    if (waiting !== undefined) return waiting;
    return store.objects.facts(id)?.kind === kind ? store.objects.read(id, kind) : undefined;
  }

  /** Pins a content if it is here. */
  #keep(step: ContentStep): boolean {
    const { store, pin } = this.#fetching;
    const facts = store.objects.facts(step.id);
    if (facts === undefined) return false;
    if (facts.kind !== 'content' || facts.size !== step.size) throw otherSize(step);
    if (step.isLink) checkLink(step, store.objects.read(step.id, 'content'));
    pin.add(step.id);
    return true;
  }

  #report(answer: readonly Fetched<Expected>[]): void {
    const bytes = answer.reduce((sum, each) => sum + each.bytes.length, 0);
    this.#fetching.onFetched(answer.length, bytes);
  }
}

function takeSome<V>(from: Map<ObjectId, V>, count: number): V[] {
  const taken: V[] = [];
  for (const [id, value] of from) {
    if (taken.length === count) break;
    taken.push(value);
    from.delete(id);
  }
  return taken;
}

function checkLink({ id, isLink }: ContentStep, bytes: Uint8Array): void {
  if (isLink && bytes.includes(0)) throw corruptObject(id, 'it is the target of a link, with NUL');
}

function otherSize({ id }: { readonly id: ObjectId }): Error {
  return corruptObject(id, 'what refers to it does not agree on its size');
}
