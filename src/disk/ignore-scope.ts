/** What the ignore rules say of the names in one directory, and what is left of them below it. */

import { IgnoreList, type Verdict } from './ignore-list.ts';
import type { ParsedPatterns } from './ignore-pattern.ts';

/** Ignored wherever no rule says otherwise. */
const DEFAULT_DIRECTORY = 'node_modules';

/** What holds in one directory. */
export interface Scope {
  /**
   * `ignored`: the directory is, and so is everything in it. `closed`: it lies in a `node_modules`
   * that a rule has opened, so that everything is ignored which no rule brings back.
   */
  readonly state: 'ignored' | 'closed' | 'open';
  /** The patterns of the options, which are the strongest. */
  readonly options: IgnoreList;
  /** Those of the rule files, the strongest first. */
  readonly lists: readonly IgnoreList[];
  /** What the patterns of the rule files have cost. */
  readonly cost: number;
}

/** Of a scope that is kept, a list in it, or a pattern that has to be tried. */
const MIN_WEIGHT = 64;

const NO_PATTERNS = IgnoreList.of([]);
const IGNORED: Scope = { state: 'ignored', options: NO_PATTERNS, lists: [], cost: 0 };

/** What holds where nothing but the patterns of options is known. */
export function outermostScope(options: IgnoreList): Scope {
  return { state: 'open', options, lists: [], cost: 0 };
}

/** Whether a name in the directory is ignored. */
export function isIgnored(scope: Scope, name: string, isDirectory: boolean): boolean {
  return scope.state === 'ignored' || decide(scope, name, isDirectory) === 'ignored';
}

/** What holds in a directory in this one; the same object when that is the same. */
export function enterDirectory(scope: Scope, name: string): Scope {
  if (scope.state === 'ignored') return scope;
  const decision = decide(scope, name, true);
  if (decision === 'ignored') return IGNORED;
  const state = decision === 'closed' ? 'closed' : 'open';
  const options = scope.options.enter(name);
  const lists = enterEach(scope.lists, name);
  if (state === scope.state && options === scope.options && lists === scope.lists) return scope;
  return { ...scope, state, options, lists };
}

/** What holds with the rules of the directory itself. @param cost - that of all rule files. */
export function addRules(scope: Scope, { patterns, cost }: ParsedPatterns): Scope {
  if (cost === scope.cost) return scope;
  const lists = patterns.length === 0 ? scope.lists : [IgnoreList.of(patterns), ...scope.lists];
  return { ...scope, lists, cost };
}

/** About the bytes of memory that a scope takes besides those of the one around it, or more. */
export function weightOf(scope: Scope, outer: Scope): number {
  if (scope === outer || scope === IGNORED) return MIN_WEIGHT;
  const own = Math.max(scope.cost - outer.cost, 0);
  const trials = scope.lists.reduce((sum, list) => sum + list.trials, scope.options.trials);
  return MIN_WEIGHT * (1 + scope.lists.length + trials) + own;
}

/** The lists that say something in a directory; the same array when all are the same. */
function enterEach(lists: readonly IgnoreList[], name: string): readonly IgnoreList[] {
  const entered = lists.map((list) => list.enter(name)).filter((list) => !list.isEmpty);
  const isSame = entered.length === lists.length && entered.every((list, i) => list === lists[i]);
  return isSame ? lists : entered;
}

/** `closed`: ignored by default, but a rule re-includes something in the directory. */
function decide(scope: Scope, name: string, isDirectory: boolean): Verdict | 'closed' {
  const verdict = verdictOf(scope, name, isDirectory);
  if (verdict !== undefined) return verdict;
  if (scope.state === 'open' && !(isDirectory && name === DEFAULT_DIRECTORY)) return undefined;
  const reopens = (list: IgnoreList): boolean => list.reincludesBelow(name);
  const isOpened = isDirectory && (reopens(scope.options) || scope.lists.some(reopens));
  return isOpened ? 'closed' : 'ignored';
}

function verdictOf({ options, lists }: Scope, name: string, isDirectory: boolean): Verdict {
  const byOption = options.verdict(name, isDirectory);
  if (byOption !== undefined) return byOption;
  for (const list of lists) {
    const verdict = list.verdict(name, isDirectory);
    if (verdict !== undefined) return verdict;
  }
  return undefined;
}
