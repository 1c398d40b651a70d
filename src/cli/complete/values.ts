/** What may stand for an argument or the value of an option: names from the store, keys, files. */

import { type Argument, Option } from 'commander';
import { configKeys, type Named, readNames } from '../../names.ts';
import { findBase } from '../find-base.ts';
import { readUsed } from '../used-workspace.ts';

/** Something that can be typed, and what it is. */
export interface Candidate {
  readonly value: string;
  readonly description?: string | undefined;
}

/** What can be typed. */
export interface Completion {
  readonly candidates: readonly Candidate[];
  /** The shell adds these by itself. */
  readonly files?: 'files' | 'directories';
}

/** What the command line says so far. */
export interface Known {
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  /** The words of the command. */
  readonly verb: string | undefined;
  readonly positionals: readonly string[];
  /** Values of options, by the long name without dashes. */
  readonly values: ReadonlyMap<string, string>;
}

/**
 * `snapshot` is one of the workspace that the line names, `qualified` any as workspace/snapshot,
 * `tree` a workspace or one of those, and `reference` all that a diff can compare.
 */
type NameKind = 'workspace' | 'snapshot' | 'qualified' | 'tree' | 'reference' | 'commit';

type Kind = NameKind | 'key' | 'files' | 'directories' | 'none';

/** By the name of the argument; of commands where it means something else, by theirs. */
export const ARGUMENTS: Readonly<Record<string, Kind>> = {
  workspace: 'workspace',
  name: 'workspace',
  old: 'workspace',
  source: 'reference',
  target: 'reference',
  snapshot: 'snapshot',
  names: 'snapshot',
  commit: 'commit',
  key: 'key',
  keys: 'key',
  path: 'files',
  file: 'files',
  archive: 'files',
  command: 'files',
  new: 'none',
  value: 'none',
  url: 'none',
  'workspace create name': 'none',
  'export source': 'tree',
  'workspace merge source': 'workspace',
  'workspace merge target': 'workspace',
  'merge workspaces': 'workspace',
};

const OPTIONS: Readonly<Record<string, Kind>> = {
  workspace: 'workspace',
  'from-workspace': 'workspace',
  'from-snapshot': 'qualified',
  from: 'tree',
  snapshot: 'snapshot',
  base: 'directories',
  config: 'files',
  output: 'files',
};

/** The values of an argument or an option that begin with `start`. */
export async function valuesOf(
  parameter: Argument | Option,
  known: Known,
  start: string,
): Promise<Completion> {
  const { argChoices } = parameter;
  if (argChoices !== undefined) return matching(argChoices.map(plain), start);
  const isOption = parameter instanceof Option;
  const kind = isOption ? OPTIONS[parameter.name()] : argumentKind(parameter.name(), known);
  if (kind === undefined || kind === 'none') return { candidates: [] };
  if (kind === 'files' || kind === 'directories') return { candidates: [], files: kind };
  return matching(kind === 'key' ? await configKeys() : namesFor(kind, known), start);
}

function argumentKind(name: string, { verb, positionals, values }: Known): Kind | undefined {
  // `snapshot diff w a b`, or `snapshot diff -w w a b`.
  if (name === 'names' && positionals.length === 0 && !values.has('workspace')) return 'tree';
  return ARGUMENTS[`${verb} ${name}`] ?? ARGUMENTS[name];
}

function namesFor(kind: NameKind, known: Known): readonly Named[] {
  const { values, positionals, env, cwd } = known;
  const base = findBase({ option: values.get('base'), env, cwd }) ?? cwd;
  const { workspaces, commits } = readNames(base);
  const qualified = workspaces.flatMap(({ name, snapshots }) =>
    snapshots.map((each) => ({ ...each, name: `${name}/${each.name}` })),
  );
  switch (kind) {
    case 'workspace':
      return workspaces;
    case 'snapshot': {
      const named = values.get('workspace') ?? positionals[0];
      const owner = named ?? (env['AGENTFS_WORKSPACE'] || readUsed(base));
      return workspaces.find(({ name }) => name === owner)?.snapshots ?? [];
    }
    case 'qualified':
      return qualified;
    case 'tree':
      return [...workspaces, ...qualified];
    case 'reference':
      return [plain('base'), ...workspaces, ...qualified, ...commits];
    case 'commit':
      return commits;
  }
}

function plain(name: string): Named {
  return { name, description: '' };
}

function matching(names: readonly Named[], start: string): Completion {
  const candidates = names.map(({ name, description }) => ({ value: name, description }));
  return { candidates: candidates.filter(({ value }) => value.startsWith(start)) };
}
