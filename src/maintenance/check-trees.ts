/** Follows every reference from the roots down, and checks what it says of what it refers to. */

import { CHUNK_THRESHOLD } from '../primitives/limits.ts';
import type { ObjectId } from '../primitives/object-id.ts';
import { corrupt, type ObjectKind } from '../store/objects.ts';
import type { Store } from '../store/store.ts';
import type { TreeNode } from '../tree/node.ts';
import {
  type Claim,
  claimProblem,
  type NodeFacts,
  nodeFacts,
  splitProblem,
} from '../tree/node-facts.ts';
import { EMPTY_TREE, Trees } from '../tree/trees.ts';
import type { SoundContents } from './check-objects.ts';
import type { Findings } from './findings.ts';
import { type Root, rootSections, type Target } from './roots.ts';

interface Step {
  readonly id: ObjectId;
  readonly claim: Claim | undefined;
  /** The node that makes the claim. */
  readonly parent: ObjectId | undefined;
}

/**
 * Checks everything that the roots lead to; one node a step.
 *
 * @param sound - contents that need not be looked up once more.
 */
export function* checkTrees(
  store: Store,
  findings: Findings,
  sound: SoundContents,
): Generator<void> {
  const check = new ReferenceCheck(store, findings, sound);
  for (const section of findings.attempt(() => rootSections(store)) ?? []) {
    for (const root of readable(section, findings)) yield* check.follow(root.target);
  }
}

/** The roots of a section, up to where it cannot be read. */
export function* readable(section: Iterable<Root>, findings: Findings): Generator<Root> {
  const roots = section[Symbol.iterator]();
  for (;;) {
    const next = findings.attempt(() => roots.next());
    if (next === undefined || next.done === true) return;
    yield next.value;
  }
}

class ReferenceCheck {
  readonly #store: Store;
  readonly #findings: Findings;
  readonly #sound: SoundContents;
  // Without a cache, which might hold what the file does not any more.
  readonly #trees: Trees;
  readonly #nodes = new Map<ObjectId, NodeFacts>();
  /** The true sizes of the contents that were looked up; -1 when it is unknown. */
  readonly #contents = new Map<ObjectId, number>();

  constructor(store: Store, findings: Findings, sound: SoundContents) {
    this.#store = store;
    this.#findings = findings;
    this.#sound = sound;
    this.#trees = new Trees(store.objects, 0);
  }

  *follow(target: Target): Generator<void> {
    if (target.kind !== 'directory') {
      this.#checkContent(target.id, target.size, undefined);
      return;
    }
    const stack: Step[] = [{ id: target.id, claim: undefined, parent: undefined }];
    for (let step = stack.pop(); step !== undefined; step = stack.pop()) {
      const facts = this.#nodes.get(step.id) ?? this.#open(step.id, stack);
      if (facts !== undefined) this.#checkClaim(step, facts);
      yield;
    }
  }

  #open(id: ObjectId, stack: Step[]): NodeFacts | undefined {
    const node = this.#findings.attempt(() => this.#node(id), id);
    if (node === undefined) return undefined;
    const facts = nodeFacts(node);
    this.#nodes.set(id, facts);
    if (node.kind === 'index') {
      const end = node.pieces.length - 1;
      for (const [i, { id: child, entries, files, bytes, last }] of node.pieces.entries()) {
        const piece = { entries, last, below: node.level, isFollowed: i < end };
        stack.push({ id: child, claim: { files, bytes, piece }, parent: id });
      }
      return facts;
    }
    for (const entry of node.entries.values()) {
      if (entry.kind !== 'directory') this.#checkContent(entry.id, entry.size, id);
      else
        stack.push({ id: entry.id, claim: { files: entry.files, bytes: entry.size }, parent: id });
    }
    return facts;
  }

  #node(id: ObjectId): TreeNode {
    return this.#trees.node(id);
  }

  #checkClaim({ id, claim, parent }: Step, facts: NodeFacts): void {
    const whole = { files: facts.files, bytes: facts.bytes };
    const split = splitProblem(facts, claim ?? whole);
    if (split !== undefined) this.#reject(id, split);
    const problem = claimProblem(facts, claim ?? whole);
    if (problem !== undefined) this.#reject(parent ?? id, problem);
  }

  #checkContent(id: ObjectId, size: number, parent: ObjectId | undefined): void {
    let actual = this.#sound.get(id) ?? this.#contents.get(id);
    if (actual === undefined) {
      actual = this.#findings.attempt(() => this.#contentSize(id, size), id) ?? -1;
      this.#contents.set(id, actual);
    }
    if (actual >= 0 && actual !== size) {
      this.#reject(
        parent ?? id,
        `it says of ${id} that it has ${size} bytes, but it has ${actual}`,
      );
    }
  }

  /** @throws {StorageError} OBJECT_MISSING or OBJECT_CORRUPT, also about a chunk. */
  #contentSize(id: ObjectId, size: number): number {
    if (size <= CHUNK_THRESHOLD) return this.#require(id, 'content');
    return this.#manifestSize(id);
  }

  #manifestSize(id: ObjectId): number {
    const known = this.#contents.get(id);
    if (known !== undefined) return known;
    const { level, parts, size } = this.#store.contents.manifest(id);
    for (const part of parts) {
      const actual = level > 0 ? this.#manifestSize(part.id) : this.#require(part.id, 'content');
      if (actual !== part.size) {
        throw corrupt(id, `its part ${part.id} does not have ${part.size} bytes`);
      }
    }
    this.#contents.set(id, size);
    return size;
  }

  #require(id: ObjectId, kind: ObjectKind): number {
    const size = this.#sound.get(id);
    if (size !== undefined) return size;
    const facts = this.#store.objects.facts(id);
    // The read says in which way it is not there.
    if (facts?.kind !== kind) this.#store.objects.read(id, kind);
    return facts?.size ?? 0;
  }

  #reject(id: ObjectId, why: string): void {
    if (id !== EMPTY_TREE) this.#findings.record(corrupt(id, why), id);
  }
}
