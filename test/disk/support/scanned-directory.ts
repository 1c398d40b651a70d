/** A directory under scan, with the index that its scans have built up. */

import { type ScanOptions, scanDirectory } from '../../../src/disk/scan.ts';
import type { ScanResult } from '../../../src/disk/scan-result.ts';
import type { IndexEntry } from '../../../src/disk/stat-index.ts';
import type { ObjectId } from '../../../src/primitives/object-id.ts';
import { structureId } from '../../../src/primitives/object-id.ts';
import { parsePath, type TreePath } from '../../../src/primitives/path.ts';
import { MemorySink } from './memory-sink.ts';

export const EMPTY_TREE: ObjectId = structureId(new Uint8Array());

/** A clock so far ahead that no file is racy. */
export const FAR_CLOCK: { now(): number } = { now: () => Date.now() + 3_600_000 };

export class ScannedDirectory {
  readonly root: string;
  readonly index: Map<TreePath, IndexEntry> = new Map<TreePath, IndexEntry>();
  readonly sink: MemorySink = new MemorySink();

  constructor(root: string) {
    this.root = root;
  }

  /** Scans and brings the index up to date. */
  async scan(options: Partial<ScanOptions> = {}): Promise<ScanResult> {
    const { root, index, sink } = this;
    const result = await scanDirectory({
      root,
      index,
      sink,
      emptyTree: EMPTY_TREE,
      clock: FAR_CLOCK,
      ...options,
    });
    for (const { path, entry } of result.index) {
      if (entry === undefined) index.delete(path);
      else index.set(path, entry);
    }
    return result;
  }

  /** Scans only some paths. */
  scanPaths(paths: readonly string[], options: Partial<ScanOptions> = {}): Promise<ScanResult> {
    return this.scan({ paths: paths.map((path) => parsePath(path)), ...options });
  }

  /** The indexed paths, sorted. */
  get paths(): string[] {
    return [...this.index.keys()].sort();
  }
}

/** Changes as short text: `+ path` for what is there, `- path` for what is gone. */
export function summary(result: ScanResult): string[] {
  return result.changes.map(({ path, entry }) => `${entry === undefined ? '-' : '+'} ${path}`);
}
