/**
 * Gives a workspace's directory what the base does not version, such as `node_modules`, and the
 * repository: commands expect them to be there.
 */

import type { Dirent } from 'node:fs';
import { cloneIgnored } from '../../disk/clone.ts';
import { type RuleSource, ruleFilesIn } from '../../disk/ignore-rules.ts';
import type { IgnoreSettings } from '../../disk/ignore-settings.ts';
import type { SafeDirectory } from '../../disk/safe-directory.ts';
import type { ScanResult } from '../../disk/scan-result.ts';
import type { StatIndex } from '../../disk/stat-index.ts';
import { runInSlices, type Steps } from '../../disk/time-slices.ts';
import { type EntryKind, OWNER_ALL } from '../../primitives/entry.ts';
import type { ObjectId } from '../../primitives/object-id.ts';
import { joinPath, parentPath, ROOT, type TreePath } from '../../primitives/path.ts';
import { BASE_DIRECTORY } from '../../store/stat-rows.ts';
import type { Store } from '../../store/store.ts';
import type { Trees } from '../../tree/trees.ts';
import { comesAlong, GIT_FILE_WARNING } from '../layers/git-file.ts';
import { describeNotCopied, type IgnoredItem } from '../layers/stocks.ts';
import type { RunWarning } from '../strategy.ts';

/** How commands see ignored content: a copy of their own, the base itself, or not at all. */
export type IgnoredMode = 'copy' | 'link' | 'omit';

/** Where ignored content comes from, and what decides about it. */
export interface IgnoredSource {
  readonly base: SafeDirectory;
  readonly store: Store;
  readonly trees: Trees;
  /** What the workspace versions; by its rules a capture will leave the content out. */
  readonly tree: ObjectId;
  readonly ignore: IgnoreSettings;
}

/** How it is brought over. */
export interface IgnoredOptions {
  readonly mode: IgnoredMode;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((files: number) => void) | undefined;
}

/**
 * Brings the ignored content of the base into a new, empty directory, making the directories on
 * the way. Once it is there, it is the workspace's own.
 *
 * @throws {AgentFSError} ABORTED, STORE_FULL.
 */
export async function provideIgnored(
  source: IgnoredSource,
  target: SafeDirectory,
  options: IgnoredOptions,
): Promise<RunWarning[]> {
  const { mode, signal, onProgress } = options;
  if (mode === 'omit') return [];
  const found = await runInSlices(findIgnored(source), { signal });
  const warnings: RunWarning[] = [];
  let files = 0;
  for (const item of found) {
    const { path, isRepository } = item;
    if (!comesAlong(source.base, item, false)) {
      warnings.push({ path, kind: 'git-file', message: GIT_FILE_WARNING });
      continue;
    }
    // The tree sets the right modes later.
    target.makePath(parentPath(path), OWNER_ALL);
    // A shared repository would let every git command change the user's own.
    if (mode === 'link' && !isRepository) {
      target.symlink(Buffer.from(`${source.base.root}/${path}`), path);
      continue;
    }
    const before = files;
    const result = await cloneIgnored({
      from: source.base,
      to: target,
      path,
      signal,
      onProgress: (counts) => onProgress?.(before + counts.files),
    });
    files += result.files;
    warnings.push(...result.skipped.map(describeNotCopied));
  }
  return warnings;
}

/**
 * Leaves out what {@link provideIgnored} has linked: rules for directories do not match the links,
 * so that a scan takes them for new.
 */
export function withoutBaseLinks(
  { changes, index }: ScanResult,
  root: SafeDirectory,
  base: string,
): Pick<ScanResult, 'changes' | 'index'> {
  const links = changes.filter(({ entry }) => entry?.kind === 'symlink');
  if (links.length === 0) return { changes, index };
  const isOurs = (path: TreePath): boolean =>
    root.lstat(path)?.isSymbolicLink() === true &&
    root.readlink(path).toString() === `${base}/${path}`;
  const ours = new Set(links.filter(({ path }) => isOurs(path)).map(({ path }) => path));
  return {
    changes: changes.filter(({ path }) => !ours.has(path)),
    index: index.filter(({ path }) => !ours.has(path)),
  };
}

/** The ignored paths of the base, and of a directory that is ignored itself nothing below it. */
export function* findIgnored(source: IgnoredSource): Steps<IgnoredItem[]> {
  const { base, store, trees, tree } = source;
  const versioned = store.stats.load(BASE_DIRECTORY);
  const rules = source.ignore.rulesOf(ruleFilesOf(source, versioned));
  // What the base versions was deleted in the workspace, or came to the base later.
  const isIgnored = ({ path, isDirectory }: IgnoredItem): boolean =>
    !versioned.has(path) && rules.ignores(path, isDirectory);
  const isBare = (path: TreePath, kind: EntryKind | undefined): boolean =>
    kind === undefined && !versioned.has(path);
  const found: IgnoredItem[] = [];
  const stack: TreePath[] = [ROOT];
  for (let directory = stack.pop(); directory !== undefined; directory = stack.pop()) {
    for (const item of list(base, directory)) {
      const kind = trees.lookup(tree, item.path)?.kind;
      if (kind === undefined && (item.isRepository || isIgnored(item))) found.push(item);
      // One that is versioned in the base alone was deleted in the workspace.
      else if (item.isDirectory && (kind === 'directory' || isBare(item.path, kind)))
        stack.push(item.path);
    }
    yield 0;
  }
  return found;
}

/** The rule files that the workspace has or will get: those of its tree, and ignored ones. */
function ruleFilesOf(
  { base, store, trees, tree }: IgnoredSource,
  versioned: StatIndex,
): RuleSource {
  const onDisk = ruleFilesIn(base);
  return (path, maxBytes) => {
    const entry = trees.lookup(tree, path);
    if (entry === undefined && !versioned.has(path)) return onDisk(path, maxBytes);
    // As on disk, links have no effect.
    if (entry?.kind !== 'file') return undefined;
    return entry.size > maxBytes ? 'too-large' : store.contents.read(entry);
  };
}

function list(base: SafeDirectory, directory: TreePath): IgnoredItem[] {
  let entries: Dirent[];
  try {
    entries = base.entries(directory);
  } catch {
    // The base is alive: a directory that is gone or shut off by now has nothing to give.
    return [];
  }
  return entries
    .filter(({ name }) => name !== '.agentfs')
    .map((entry) => ({
      path: joinPath(directory, entry.name),
      isRepository: entry.name === '.git',
      isDirectory: entry.isDirectory(),
    }));
}
