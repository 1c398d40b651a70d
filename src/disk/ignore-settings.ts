/** What decides about the ignored paths of one base: the one reader of rules that all others ask. */

import { IgnoreRules, type RuleSource, ruleFilesIn } from './ignore-rules.ts';
import type { OuterRules } from './outer-rules.ts';
import type { SafeDirectory } from './safe-directory.ts';

/** Makes the rules for the base, and for whatever shows a workspace of it. */
export class IgnoreSettings {
  readonly #patterns: readonly string[];
  readonly #outer: OuterRules | undefined;

  /** @param patterns - of the configuration, in the syntax of `.gitignore`; the strongest rules. */
  constructor(patterns: readonly string[] = [], outer?: OuterRules) {
    this.#patterns = patterns;
    this.#outer = outer;
  }

  /** The rules for a directory as it is now, its own rule files included; made anew for each look. */
  rulesFor(directory: SafeDirectory): IgnoreRules {
    return this.rulesOf(ruleFilesIn(directory));
  }

  /** The same for rule files that come from elsewhere. */
  rulesOf(source: RuleSource): IgnoreRules {
    return new IgnoreRules(source, this.#patterns, this.#outer?.read(), this.#outer?.tracked());
  }
}
