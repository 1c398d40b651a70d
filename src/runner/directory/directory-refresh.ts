/** Takes ignored content of the base anew in a work directory, which keeps no steps to take back. */

import { cloneIgnored } from '../../disk/clone.ts';
import { removeTree } from '../../disk/remove-tree.ts';
import { SafeDirectory } from '../../disk/safe-directory.ts';
import { runInSlices } from '../../disk/time-slices.ts';
import { OWNER_ALL } from '../../primitives/entry.ts';
import { isWithin, parentPath, type TreePath } from '../../primitives/path.ts';
import { comesAlong } from '../layers/git-file.ts';
import { differences } from '../layers/ignored-difference.ts';
import { IgnoredView } from '../layers/ignored-view.ts';
import type { KeptChange } from '../layers/overlay-notes.ts';
import { isGitLock } from '../layers/stock-links.ts';
import { describeNotCopied } from '../layers/stocks.ts';
import type { Refresh, RefreshTarget, RunWarning } from '../strategy.ts';
import { findIgnored } from './ignored-content.ts';
import type { WorkDirectory, WorkDirectoryContext } from './work-directory.ts';

/** Finds out what there is to take. */
export async function planDirectoryRefresh(
  context: WorkDirectoryContext,
  directory: WorkDirectory,
  target: RefreshTarget,
): Promise<Refresh> {
  const { tree, signal, ignored } = target;
  await directory.show(tree, { ...target, stock: ignored.stock });
  directory.markSettled();
  using root = SafeDirectory.open(directory.path);
  using base = SafeDirectory.open(target.base);
  using stock = context.stocks.open(ignored.stock);
  const isCopied = context.ignoredMode === 'copy';
  const compare = async (from: SafeDirectory): Promise<KeptChange[]> => {
    const found = await runInSlices(findIgnored({ ...context, base: from, tree }), { signal });
    const source = {
      ...{ view: new IgnoredView([root]), from, paths: target.paths },
      items: found.filter((item) => comesAlong(from, item, false)).map(({ path }) => path),
      kindOf: (path: TreePath) => context.trees.lookup(tree, path)?.kind,
    };
    return runInSlices(differences(source), { signal });
  };
  const changes = isCopied ? await compare(base) : [];
  const begun = stock === undefined || changes.length === 0 ? [] : await compare(stock);
  const isReplaced = ({ path }: KeptChange): boolean =>
    changes.some((each) => isWithin(each.path, path) || isWithin(path, each.path));
  return {
    own: begun
      .filter(isReplaced)
      .map(({ path }) => path)
      .sort(),
    take: async () => {
      const warnings = await apply(directory, target, changes);
      const gone = changes.filter(({ change }) => change === 'gone').map(({ path }) => path);
      const paths = changes.map(({ path }) => path).sort();
      const summary = { paths, removed: gone.sort(), files: changes.length, bytes: 0 };
      return {
        warnings,
        ignored: changes.length === 0 ? undefined : { ...summary, state: undefined },
        settle: () => tree,
      };
    },
  };
}

async function apply(
  directory: WorkDirectory,
  { base: path, signal }: RefreshTarget,
  changes: readonly KeptChange[],
): Promise<RunWarning[]> {
  using base = SafeDirectory.open(path);
  using root = SafeDirectory.open(directory.path);
  const warnings: RunWarning[] = [];
  for (const each of changes) {
    if (each.change === 'mode') {
      root.chmod(each.path, (base.find(each.path)?.mode ?? OWNER_ALL) & 0o777);
      continue;
    }
    if (root.find(each.path) !== undefined) await runInSlices(removeTree(root, each.path));
    if (each.change === 'gone') continue;
    root.makePath(parentPath(each.path), 0o755);
    const options = { from: base, to: root, path: each.path, signal, omits: isGitLock };
    const { skipped } = await cloneIgnored(options);
    warnings.push(...skipped.map(describeNotCopied));
  }
  return warnings;
}
