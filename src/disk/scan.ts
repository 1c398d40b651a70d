/**
 * Scans a real directory against its stat index: finds what changed on disk since, and brings new
 * content into the store. Knows nothing of trees, workspaces or the database.
 */

import { type Clock, systemClock } from '../primitives/clock.ts';
import type { ObjectId } from '../primitives/object-id.ts';
import { ROOT, type TreePath } from '../primitives/path.ts';
import type { ContentSink } from './content-sink.ts';
import { IgnoreSettings } from './ignore-settings.ts';
import { outermost } from './path-set.ts';
import { SafeDirectory } from './safe-directory.ts';
import { describeProblem } from './scan-problem.ts';
import { type ScanCounts, ScanLedger, type ScanResult } from './scan-result.ts';
import { ScanWalk } from './scan-walk.ts';
import type { StatIndex } from './stat-index.ts';
import { runInSlices } from './time-slices.ts';

/** What to scan, and against what. */
export interface ScanOptions {
  /** The absolute path of the directory. */
  readonly root: string;
  /** What is known of the directory; empty for a first import. */
  readonly index: StatIndex;
  readonly sink: ContentSink;
  /** The id that directories get in `changes`. */
  readonly emptyTree: ObjectId;
  /** What decides about ignored paths; the rule files in the directory alone when absent. */
  readonly ignore?: IgnoreSettings | undefined;
  /** Scans only these, with what lies below them; everything when absent. */
  readonly paths?: readonly TreePath[] | undefined;
  /** Takes the listed `paths` themselves up even where the rules ignore them; false by default. */
  readonly includeIgnored?: boolean | undefined;
  /**
   * Nothing else writes to the directory during the scan, as after a command whose processes are
   * all dead; false by default. Otherwise new content younger than 20 ms is given time to settle.
   */
  readonly quiescent?: boolean | undefined;
  /** Larger files are reported and not read; bytes, 16 GiB when absent. */
  readonly maxFileBytes?: number | undefined;
  readonly clock?: Clock | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called about every 15 ms and at the end. */
  readonly onProgress?: ((counts: ScanCounts) => void) | undefined;
}

/**
 * Compares a directory with its index. Reads only files that are new, were touched, or were so
 * young when indexed that their times prove nothing; lets the event loop turn about every 15 ms.
 *
 * What a path is, is decided when the walk comes to it: a change behind the walk is found by the
 * next scan. A path that cannot be read, is too large or never still is reported in `warnings` and
 * stays as the index knows it. Apply `changes` to the tree and `index` to the index together.
 *
 * @throws {AgentFSError} BASE_NOT_FOUND, BASE_NOT_DIRECTORY, ABORTED.
 * @throws {FileSystemError} EACCES when the root itself cannot be listed.
 * @throws whatever the sink throws.
 */
export async function scanDirectory(options: ScanOptions): Promise<ScanResult> {
  const { index, sink, signal, onProgress } = options;
  const ledger = new ScanLedger(index, options.emptyTree);
  const root = SafeDirectory.open(options.root);
  try {
    const rules = (options.ignore ?? new IgnoreSettings()).rulesFor(root);
    const walk = new ScanWalk(
      {
        root,
        index,
        sink,
        ledger,
        rules,
        clock: options.clock ?? systemClock,
        maxFileBytes: options.maxFileBytes,
        quiescent: options.quiescent ?? false,
        includeIgnored: options.includeIgnored ?? false,
      },
      outermost(options.paths ?? [ROOT]),
    );
    await runInSlices(walk.steps(), { signal, onSlice: () => onProgress?.(ledger.counts) });
    for (const path of rules.refused) ledger.warn(path, 'rules', describeProblem('rules'));
    onProgress?.(ledger.counts);
    return ledger.result(walk.covered);
  } finally {
    root.close();
  }
}
