/**
 * What the project's own configuration file may not do. It lies in the base, so whoever can commit
 * to the project can write it: such settings are left out and reported, never obeyed.
 */

import { lstatSync, realpathSync } from 'node:fs';
import { basename, dirname, isAbsolute, relative, resolve, sep } from 'node:path';
import { KEYS } from './keys.ts';
import type { Issue, Layer, Setting } from './layer.ts';
import type { Leaf } from './nested.ts';
import { TEMPLATES } from './template.ts';
import type { ConfigName, ConfigValue } from './values.ts';

/** What the rules depend on. */
export interface ProjectContext {
  /** The value that a key has without the project's file. */
  inForce(name: ConfigName): ConfigValue | undefined;
  /** Whether the user has said that the project may set hooks. */
  readonly trustsHooks: boolean;
  readonly base: string;
}

/** The layer of the project's file without what it may not set, and with an issue for each. */
export function restrictProjectLayer(layer: Layer, context: ProjectContext): Layer {
  const settings = new Map<ConfigName, Setting>();
  const issues = [...layer.issues];
  for (const [name, setting] of layer.settings) {
    const problem = projectProblem(name, setting.value, context);
    if (problem === undefined) settings.set(name, setting);
    else issues.push(refusal(name, problem, setting.source));
  }
  const templates = layer.others.filter(({ path }) => path[0] === TEMPLATES);
  const [first] = templates;
  if (first !== undefined) issues.push(ignoredTemplates(first));
  const others = layer.others.filter((leaf) => !templates.includes(leaf));
  return { settings, others, issues };
}

function ignoredTemplates({ path }: Leaf): Issue {
  return {
    severity: 'warning',
    key: path.join('.'),
    message: 'Templates of the project have no effect: they could run something.',
    suggestion: 'Write them into your own file.',
    source: 'project',
  };
}

/** Why the project's file may not set a key to this value; undefined when it may. */
export function projectProblem(
  name: ConfigName,
  value: ConfigValue,
  { inForce, trustsHooks, base }: ProjectContext,
): string | undefined {
  const rule = KEYS[name].project;
  const current = inForce(name);
  switch (rule.kind) {
    case 'free':
      return undefined;
    case 'refused':
      return 'cannot be set by a file of the project';
    case 'trusted-hook':
      return trustsHooks ? undefined : 'cannot be set by a file of the project';
    case 'inside-base':
      return isInside(String(value), base) ? undefined : 'leads out of the project';
    case 'lower':
      return current === undefined || Number(value) <= Number(current)
        ? undefined
        : 'would raise a limit';
    case 'stricter': {
      // Where nothing is in force, the weakest value would still loosen the host's best.
      const floor = current === undefined ? 1 : rule.weakestFirst.indexOf(current);
      return rule.weakestFirst.indexOf(value) >= floor ? undefined : 'would weaken the protection';
    }
  }
}

function isInside(path: string, base: string): boolean {
  const root = realPath(base);
  const target = realPath(resolve(base, path));
  if (root === undefined || target === undefined) return false;
  const way = relative(root, target);
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

/** The path with the links of its existing part resolved; undefined behind a dangling link. */
function realPath(path: string): string | undefined {
  const parent = dirname(path);
  try {
    if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) return realpathSync(path);
  } catch {
    return undefined;
  }
  const realParent = parent === path ? path : realPath(parent);
  return realParent === undefined ? undefined : resolve(realParent, basename(path));
}

function refusal(name: ConfigName, problem: string, source: string): Issue {
  return {
    severity: 'warning',
    key: name,
    message: `${name} has no effect here: it ${problem}.`,
    suggestion: `Set ${name} in your own configuration file.`,
    source,
  };
}
