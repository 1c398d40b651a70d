/** Proves a remote: fetches everything that its head leads to, and checks it, keeping nothing. */

import { CHUNK_THRESHOLD } from '../primitives/limits.ts';
import type { ObjectId } from '../primitives/object-id.ts';
import type { TreeNode } from '../tree/node.ts';
import type { Trees } from '../tree/trees.ts';
import {
  checkIndex,
  checkManifest,
  checkNode,
  type ManifestClaim,
  partClaims,
} from './check-node.ts';
import { fetchObjects } from './fetch-objects.ts';
import type { Expected } from './payload.ts';
import { noSuchWorkspace, readHead } from './pull.ts';
import type { Remote, RemoteCall } from './remote.ts';
import { remoteRow, requireTreeId, type Sync } from './sync-context.ts';
import { SyncError } from './sync-errors.ts';
import { stepDown, type WalkStep, walkFrom } from './tree-walk.ts';

/** An object of the remote that is missing or wrong. */
export interface RemoteDamage {
  readonly id: ObjectId;
  readonly code: 'REMOTE_CORRUPT' | 'REMOTE_INCOMPLETE';
  readonly problem: string;
}

/** What a check of a remote has found. */
export interface RemoteVerdict {
  readonly ok: boolean;
  /** Objects that were fetched. */
  readonly objects: number;
  /** Bytes of them. */
  readonly bytes: number;
  readonly damaged: readonly RemoteDamage[];
}

type Check = Expected & { readonly open?: (bytes: Buffer) => void };

/**
 * Fetches and checks the head of the remote and all that it leads to.
 *
 * @throws {SyncError} REMOTE_NOT_FOUND, and as {@link Remote} says, but for what is wrong with an
 *   object.
 */
export async function verifyRemote(sync: Sync): Promise<RemoteVerdict> {
  const head = await readHead(sync, remoteRow(sync));
  if (head === undefined) throw noSuchWorkspace(sync);
  const check = new RemoteCheck(sync.remote, sync.objects.trees, sync.call);
  await check.run(requireTreeId(head.revision.tree));
  return check.verdict;
}

class RemoteCheck {
  readonly #remote: Remote;
  readonly #trees: Trees;
  readonly #call: RemoteCall;
  readonly #seen = new Set<ObjectId>();
  readonly #open: Check[] = [];
  readonly #damaged: RemoteDamage[] = [];
  readonly #directories = new Set<ObjectId>();
  readonly #indexes = new Map<ObjectId, TreeNode>();
  #objects = 0;
  #bytes = 0;

  constructor(remote: Remote, trees: Trees, call: RemoteCall) {
    this.#remote = remote;
    this.#trees = trees;
    this.#call = call;
  }

  get verdict(): RemoteVerdict {
    const damaged = this.#damaged;
    const totals = { objects: this.#objects, bytes: this.#bytes };
    return { ok: damaged.length === 0, ...totals, damaged };
  }

  async run(root: ObjectId): Promise<void> {
    for (const step of walkFrom(root, [])) this.#addNode(step);
    while (this.#open.length > 0) await this.#take(this.#open.splice(-this.#remote.limits.ids));
    if (this.#damaged.length === 0) this.#checkIndexes();
  }

  /** Checks what only shows when all index nodes of a directory are there. */
  #checkIndexes(): void {
    for (const id of this.#directories) {
      if (!this.#indexes.has(id)) continue;
      try {
        checkIndex(id, (below) => this.#indexes.get(below) ?? this.#trees.node(below));
      } catch (error) {
        const damage = damageOf(error);
        if (damage === undefined) throw error;
        this.#damaged.push({ ...damage, id });
      }
    }
  }

  /** Halves what fails until the object at fault is alone. */
  async #take(checks: readonly Check[]): Promise<void> {
    const rest = new Map(checks.map((check) => [check.id, check] as const));
    try {
      await fetchObjects(
        this.#remote,
        checks,
        (answer) => {
          for (const { expected, bytes } of answer) {
            expected.open?.(bytes);
            rest.delete(expected.id);
            this.#objects += 1;
            this.#bytes += bytes.length;
          }
        },
        this.#call,
      );
    } catch (error) {
      const damage = damageOf(error);
      if (damage === undefined) throw error;
      const left = [...rest.values()];
      const [only] = left;
      if (only !== undefined && left.length === 1) this.#damaged.push({ ...damage, id: only.id });
      const middle = Math.ceil(left.length / 2);
      if (left.length > 1) {
        await this.#take(left.slice(0, middle));
        await this.#take(left.slice(middle));
      }
    }
  }

  #addNode(step: WalkStep): void {
    if (step.claim?.piece === undefined) this.#directories.add(step.id);
    const open = (bytes: Buffer): void => {
      const node = checkNode(step, bytes);
      if (node.kind === 'index') this.#indexes.set(step.id, node);
      const below = stepDown(this.#trees, step, node);
      for (const next of below.nodes) this.#addNode(next);
      for (const { id, size } of below.contents) this.#addContent(id, size);
    };
    this.#add({ id: step.id, kind: 'node', open });
  }

  #addContent(id: ObjectId, size: number): void {
    if (size <= CHUNK_THRESHOLD) {
      this.#add({ id, kind: 'content', size });
      return;
    }
    this.#addManifest({ id, whole: size });
  }

  #addManifest(claim: ManifestClaim): void {
    const open = (bytes: Buffer): void => {
      const manifest = checkManifest(claim, bytes);
      if (manifest.level > 0) for (const part of partClaims(manifest)) this.#addManifest(part);
      else for (const part of manifest.parts) this.#add({ kind: 'content', ...part });
    };
    this.#add({ id: claim.id, kind: 'manifest', open });
  }

  #add(check: Check): void {
    if (this.#seen.has(check.id)) return;
    this.#seen.add(check.id);
    this.#open.push(check);
  }
}

function damageOf(error: unknown): Omit<RemoteDamage, 'id'> | undefined {
  if (!(error instanceof SyncError)) return undefined;
  const { code, message } = error;
  return code === 'REMOTE_CORRUPT' || code === 'REMOTE_INCOMPLETE'
    ? { code, problem: message }
    : undefined;
}
