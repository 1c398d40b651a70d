/** Reads the stored objects one by one and checks each against its id and its encoding. */

import type { ObjectId } from '../primitives/object-id.ts';
import { decodeManifest } from '../store/manifest.ts';
import { corrupt, decodeObject, type StoredObject } from '../store/objects.ts';
import type { Store } from '../store/store.ts';
import { decodeNode } from '../tree/node.ts';
import type { Findings } from './findings.ts';

/** How much was read. */
export interface CheckedObjects {
  readonly objects: number;
  /** Bytes, before the codec. */
  readonly bytes: number;
}

/** The sizes of contents that are sound. */
export type SoundContents = ReadonlyMap<ObjectId, number>;

/** All contents, in thousandths. */
export const WHOLE_SHARE = 1000;

const STEP_BYTES = 4 * 1024 * 1024;
const STEP_OBJECTS = 1_000;
const PAGE_IDS = 1_000;

/**
 * Checks all nodes and manifests and a share of the contents.
 *
 * @param share - of the contents, in thousandths.
 * @param seed - decides which contents are in the share.
 */
export function* checkObjects(
  store: Store,
  findings: Findings,
  share: number,
  seed: number,
): Generator<void, CheckedObjects & { contents: SoundContents }> {
  const checked = { objects: 0, bytes: 0 };
  const sizes = new Map<ObjectId, number>();
  const check = (object: StoredObject): void => {
    checked.objects += 1;
    checked.bytes += object.size;
    const isSound = findings.attempt(() => checkObject(object), object.id) !== undefined;
    if (isSound && object.kind === 'content') sizes.set(object.id, object.size);
  };
  let after: number | undefined = 0;
  while (after !== undefined) {
    const from: number = after;
    try {
      after = checkSome(store, from, share, seed, check);
    } catch (error) {
      findings.record(error);
      yield* checkSingly(store, findings, from, check);
      after = undefined;
    }
    yield;
  }
  return { ...checked, contents: sizes };
}

/**
 * The contents among `sizes` that the index of ids knows. To walk it in its order is many times
 * faster than to look each id up.
 */
export function* foundById(
  store: Store,
  findings: Findings,
  sizes: SoundContents,
): Generator<void, SoundContents> {
  const found = new Map<ObjectId, number>();
  let after: ObjectId | undefined;
  do {
    const last = after;
    const page = findings.attempt(() => store.objects.ids(last, PAGE_IDS)) ?? [];
    for (const { id } of page) {
      const size = sizes.get(id);
      if (size !== undefined) found.set(id, size);
    }
    after = page.at(-1)?.id;
    yield;
  } while (after !== undefined);
  return found;
}

/** Checks the rows after `after` for one step; returns where it stopped, undefined at the end. */
function checkSome(
  store: Store,
  after: number,
  share: number,
  seed: number,
  check: (object: StoredObject) => void,
): number | undefined {
  let objects = 0;
  let bytes = 0;
  for (const object of store.objects.scan(after, share, seed)) {
    check(object);
    objects += 1;
    bytes += object.data.length;
    if (objects >= STEP_OBJECTS || bytes >= STEP_BYTES) return object.number;
  }
  return undefined;
}

/** Behind a page that SQLite cannot read there may be others that it can: reads row by row. */
function* checkSingly(
  store: Store,
  findings: Findings,
  after: number,
  check: (object: StoredObject) => void,
): Generator<void> {
  let page: { id: ObjectId; number: number }[] | undefined;
  do {
    const last: ObjectId | undefined = page?.at(-1)?.id;
    page = findings.attempt(() => store.objects.ids(last, PAGE_IDS));
    for (const { id, number } of page ?? []) {
      if (number <= after) continue;
      const object = findings.attempt(() => store.objects.at(number), id);
      if (object !== undefined) check(object);
    }
    yield;
  } while (page !== undefined && page.length > 0);
}

/** @throws {StorageError} OBJECT_CORRUPT when the object is not what its id says. */
function checkObject(object: StoredObject): true {
  const bytes = decodeObject(object);
  try {
    // Both decoders refuse what the encoders would not write.
    if (object.kind === 'node') decodeNode(bytes);
    if (object.kind === 'manifest') decodeManifest(bytes);
  } catch (error) {
    throw corrupt(object.id, `it is not the encoding of a ${object.kind}`, error);
  }
  return true;
}
