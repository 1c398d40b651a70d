/**
 * The walk of a scan: compares what lies on disk with the index, and reads what moved. Names,
 * content and link targets come only through the safe directory. Stats are taken by plain path
 * names, which takes two thirds of the time: a directory swapped for a link at that moment can make
 * a path look changed, but never show what is behind the link.
 */

import { lstatSync, type Stats } from 'node:fs';
import type { Clock } from '../primitives/clock.ts';
import type { EntryKind } from '../primitives/entry.ts';
import { MAX_PATH_BYTES } from '../primitives/limits.ts';
import {
  baseName,
  joinPath,
  nameProblem,
  parentPath,
  ROOT,
  STAGE_PREFIX,
  type TreePath,
} from '../primitives/path.ts';
import type { ContentSink } from './content-sink.ts';
import { diskError } from './disk-error.ts';
import type { IgnoreRules } from './ignore-rules.ts';
import { outermost } from './path-set.ts';
import { readStable } from './read-file.ts';
import type { SafeDirectory } from './safe-directory.ts';
import { type Frame, firstUnknown, leaveFrame, type NewDirectory } from './scan-frame.ts';
import { describeProblem, problemOf } from './scan-problem.ts';
import type { ScanLedger } from './scan-result.ts';
import {
  contentRow,
  entryMode,
  type IndexEntry,
  isFresh,
  kindOf,
  type StatIndex,
} from './stat-index.ts';
import type { Steps } from './time-slices.ts';

const MAX_ATTEMPTS = 5;
const STAT_OPTIONS = { throwIfNoEntry: false } as const;

/** What a walk works with. */
export interface WalkContext {
  readonly root: SafeDirectory;
  readonly index: StatIndex;
  readonly rules: IgnoreRules;
  readonly sink: ContentSink;
  readonly ledger: ScanLedger;
  readonly clock: Clock;
  readonly maxFileBytes: number | undefined;
  readonly quiescent: boolean;
  /** Take the listed paths up even where the rules ignore them. */
  readonly includeIgnored: boolean;
}

/** Something on disk that has to be looked at more closely. */
interface Found {
  readonly path: TreePath;
  readonly address: string;
  readonly row: IndexEntry | undefined;
  readonly stats: Stats;
}

/** One walk over some paths; used once. */
export class ScanWalk {
  readonly #context: WalkContext;
  readonly #stack: Frame[] = [];
  readonly #wanted: readonly TreePath[];
  readonly #covered: TreePath[] = [];
  readonly #ancestors = new Map<TreePath, boolean>([[ROOT, true]]);

  /** @param wanted - paths of which none contains another. */
  constructor(context: WalkContext, wanted: readonly TreePath[]) {
    this.#context = context;
    this.#wanted = wanted;
  }

  /** Everything at or below these paths was looked at, once the walk is over. */
  get covered(): readonly TreePath[] {
    return this.#covered;
  }

  /** Walks, yielding often enough for slices of a few milliseconds. */
  *steps(): Steps<void> {
    const { includeIgnored } = this.#context;
    // Whether a new directory is versioned depends on everything in it.
    const wanted = includeIgnored
      ? this.#wanted
      : outermost(this.#wanted.map((path) => firstUnknown(this.#context.index, path)));
    for (const path of wanted) {
      yield* this.#start(path);
      yield* this.#drain();
    }
  }

  *#start(path: TreePath): Steps<void> {
    if (path === ROOT) {
      this.#covered.push(ROOT);
      this.#openRoot();
      return;
    }
    if (!(yield* this.#reach(parentPath(path)))) return;
    this.#covered.push(path);
    const found = this.#look(path, this.#addressOf(path));
    if (found !== undefined) yield* this.#settle(found);
  }

  /** Records the directories above a listed path; false when one of them is no longer a directory. */
  *#reach(directory: TreePath): Steps<boolean> {
    const known = this.#ancestors.get(directory);
    if (known !== undefined) return known;
    const reached =
      (yield* this.#reach(parentPath(directory))) && (yield* this.#passThrough(directory));
    this.#ancestors.set(directory, reached);
    return reached;
  }

  *#passThrough(directory: TreePath): Steps<boolean> {
    const found = this.#look(directory, this.#addressOf(directory));
    if (found?.stats.isDirectory() === true) {
      if (this.#isIgnored(found, 'directory')) return false;
      this.#context.ledger.directory(
        directory,
        entryMode('directory', found.stats),
        found.stats.mtimeMs,
      );
      return true;
    }
    // It is gone or something else now, and with it everything that was below.
    this.#covered.push(directory);
    if (found !== undefined) yield* this.#settle(found);
    return false;
  }

  *#drain(): Steps<void> {
    let frame = this.#stack.at(-1);
    while (frame !== undefined) {
      const name = frame.names[frame.next++];
      if (name === undefined) {
        this.#stack.pop();
        leaveFrame(frame, this.#context.ledger);
      } else {
        const found = this.#look(joinPath(frame.path, name), `${frame.address}/${name}`);
        if (found !== undefined) yield* this.#settle(found);
        else if (frame.next % 32 === 0) yield 0;
      }
      frame = this.#stack.at(-1);
    }
  }

  /** The fast path: undefined when the path needs nothing more, which is nearly always. */
  #look(path: TreePath, address: string): Found | undefined {
    const row = this.#context.index.get(path);
    if (row === undefined && this.#isRefused(path, address)) return undefined;
    const stats = this.#stat(path, address);
    if (stats === undefined) return undefined;
    if (row !== undefined && row.kind !== 'directory' && isFresh(row, stats)) {
      this.#context.ledger.unchanged(path);
      return undefined;
    }
    return { path, address, row, stats };
  }

  #stat(path: TreePath, address: string): Stats | undefined {
    try {
      return lstatSync(address, STAT_OPTIONS);
    } catch (error) {
      this.#report(path, error);
      return undefined;
    }
  }

  /** Looks again while the thing at the path turns into something else. */
  *#settle(first: Found): Steps<void> {
    let found = first;
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      try {
        yield* this.#takeUp(found);
        return;
      } catch (error) {
        if (problemOf(error) !== 'moved') return this.#report(found.path, error);
      }
      yield 0;
      const again = this.#look(found.path, found.address);
      if (again === undefined) return;
      found = again;
    }
    this.#context.ledger.warn(found.path, 'unstable', describeProblem('unstable'));
    this.#context.ledger.keep(found.path);
  }

  *#takeUp(found: Found): Steps<void> {
    const kind = kindOf(found.stats);
    if (kind === undefined) {
      this.#context.ledger.warn(found.path, 'special', describeProblem('special'));
    } else if (!this.#isIgnored(found, kind)) {
      if (kind === 'directory') this.#enter(found);
      else if (kind === 'symlink') this.#takeLink(found);
      else yield* this.#takeFile(found);
    }
  }

  /** A tracked path stays tracked, as with git, unless it became another kind of thing. */
  #isIgnored(found: Found, kind: EntryKind): boolean {
    const { path, row } = found;
    if (row?.kind === kind) return false;
    // Outside every listed directory are only the listed paths and what leads to them.
    if (this.#context.includeIgnored && this.#stack.length === 0) return false;
    if (!this.#context.rules.ignores(path, kind === 'directory')) return false;
    this.#context.ledger.ignored(path, kind, 'rules');
    return true;
  }

  #enter({ path, address, row, stats }: Found): void {
    const { ledger } = this.#context;
    const mode = entryMode('directory', stats);
    const { mtimeMs } = stats;
    const before = { ignoredBefore: ledger.ignoredCount, foundBefore: ledger.found };
    const isKnown = row?.kind === 'directory';
    const frame = this.#list(path, address, isKnown ? undefined : { mode, mtimeMs, ...before });
    if (isKnown) ledger.directory(path, mode, mtimeMs);
    this.#stack.push(frame);
  }

  #openRoot(): void {
    const address = this.#context.root.root;
    try {
      this.#stack.push(this.#list(ROOT, address, undefined));
    } catch (error) {
      throw diskError(error, address, 'list');
    }
  }

  #list(path: TreePath, address: string, unknown: NewDirectory | undefined): Frame {
    const { names, undecodable } = this.#context.root.names(path);
    for (const name of undecodable) {
      const message = describeProblem('non-utf8');
      this.#context.ledger.warn(joinPath(path, name), 'non-utf8', message);
    }
    return { path, address, names, next: 0, unknown };
  }

  *#takeFile(found: Found): Steps<void> {
    const { root, ledger } = this.#context;
    const { path, row } = found;
    const source = { path, open: () => root.openRead(path) };
    const file = yield* readStable(source, { ...this.#context, expected: row?.id });
    ledger.content(path, contentRow('file', file.stats, file.id, file.observedMs), file.size);
  }

  #takeLink(found: Found): void {
    const { root, sink, clock, ledger } = this.#context;
    const observedMs = clock.now();
    const target = root.readlink(found.path);
    const row = contentRow('symlink', found.stats, sink.add(target), observedMs);
    ledger.content(found.path, row, target.length);
  }

  #isRefused(path: TreePath, address: string): boolean {
    const name = baseName(path);
    if (name === '.git') {
      this.#noteRepository(path, address);
      return true;
    }
    // Ours: no business of anybody's.
    if (name === '.agentfs' || name.startsWith(STAGE_PREFIX)) return true;
    const problem = nameProblem(name);
    if (problem !== undefined) {
      this.#context.ledger.warn(path, 'name', `The path ${problem}, which no tree can hold.`);
      return true;
    }
    if (path.length <= MAX_PATH_BYTES / 3 || Buffer.byteLength(path) <= MAX_PATH_BYTES)
      return false;
    this.#context.ledger.warn(path, 'too-long', describeProblem('too-long'));
    return true;
  }

  #noteRepository(path: TreePath, address: string): void {
    const stats = this.#stat(path, address);
    const kind = stats === undefined ? undefined : kindOf(stats);
    if (kind !== undefined) this.#context.ledger.ignored(path, kind, 'reserved');
  }

  /** What could not be looked at is reported and stays as it was; other errors end the scan. */
  #report(path: TreePath, error: unknown): void {
    const problem = problemOf(error);
    if (problem === 'moved') return;
    if (problem === undefined) throw diskError(error, path, 'scan');
    this.#context.ledger.warn(path, problem, describeProblem(problem));
    this.#context.ledger.keep(path);
  }

  #addressOf(path: TreePath): string {
    return `${this.#context.root.root}/${path}`;
  }
}
