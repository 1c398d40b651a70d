/** Finds out which workspaces, snapshots and commits need the objects that are damaged. */

import { CHUNK_THRESHOLD } from '../primitives/limits.ts';
import type { ObjectId } from '../primitives/object-id.ts';
import { joinPath, type TreePath } from '../primitives/path.ts';
import type { Store } from '../store/store.ts';
import { Trees } from '../tree/trees.ts';
import { readable } from './check-trees.ts';
import { Findings } from './findings.ts';
import { type RootOwner, rootSections, type Target } from './roots.ts';

/** Notes where the damaged objects among the findings are needed, as the roots are now. */
export function locateDamage(store: Store, findings: Findings): void {
  const search = new DamageSearch(store, findings);
  // What is wrong with the roots themselves is among the findings already.
  const ignored = new Findings();
  for (const section of ignored.attempt(() => rootSections(store)) ?? []) {
    for (const { owner, path, target } of readable(section, ignored)) {
      search.descend(target, owner, path);
    }
  }
}

class DamageSearch {
  readonly #store: Store;
  readonly #trees: Trees;
  readonly #findings: Findings;
  /** Objects with nothing damaged in them or below them. */
  readonly #sound = new Set<ObjectId>();

  constructor(store: Store, findings: Findings) {
    this.#store = store;
    this.#findings = findings;
    this.#trees = new Trees(store.objects, 0);
  }

  /** Notes the damage in a target and below it; false when there is none. */
  descend(target: Target, owner: RootOwner, path: TreePath): boolean {
    if (this.#sound.has(target.id)) return false;
    const isDamaged = this.#findings.has(target.id);
    if (isDamaged) this.#findings.addHit(target.id, { owner, path });
    const isHit =
      target.kind === 'directory'
        ? this.#descendNode(target.id, owner, path)
        : this.#lookAtChunks(target, owner, path);
    if (!isDamaged && !isHit) this.#sound.add(target.id);
    return isDamaged || isHit;
  }

  #descendNode(id: ObjectId, owner: RootOwner, path: TreePath): boolean {
    const node = new Findings().attempt(() => this.#trees.node(id));
    if (node === undefined) return true;
    let isHit = false;
    if (node.kind === 'index') {
      for (const piece of node.pieces) {
        const target: Target = { kind: 'directory', id: piece.id, size: 0 };
        isHit = this.descend(target, owner, path) || isHit;
      }
      return isHit;
    }
    for (const [name, entry] of node.entries) {
      isHit = this.descend(entry, owner, joinPath(path, name)) || isHit;
    }
    return isHit;
  }

  #lookAtChunks({ id, size }: Target, owner: RootOwner, path: TreePath): boolean {
    if (size <= CHUNK_THRESHOLD) return false;
    const isOpened = (below: ObjectId): boolean => !this.#findings.has(below);
    const parts = new Findings().attempt(() => [...this.#store.contents.below(id, isOpened)]) ?? [];
    const damaged = parts.filter((part) => this.#findings.has(part.id));
    for (const part of damaged) this.#findings.addHit(part.id, { owner, path });
    return damaged.length > 0;
  }
}
