/** `agentfs workspace config`: shows or changes the settings of a workspace. */

import type { SandboxProfile, WorkspaceUpdate } from '../../index.ts';
import { UsageError } from '../exit-status.ts';
import { BOOLEAN, LIST, oneOf } from '../options/parameters.ts';
import { BYTES, COUNT, limit, span } from '../options/quantities.ts';
import { workspaceJson } from '../print/json-shapes.ts';
import { oneLine } from '../visible.ts';
import { defineVerb, type Verb } from './define-verb.ts';

/** A limit, or `none` to take it away. */
type Limit = number | 'none';

interface ConfigFlags {
  readonly description?: string;
  readonly tag?: readonly string[];
  readonly readOnly?: 'true' | 'false';
  readonly expires?: string;
  readonly agentId?: string;
  readonly owner?: string;
  readonly sandboxProfile?: SandboxProfile | 'default';
  readonly maxCpu?: Limit;
  readonly maxMemory?: Limit;
  readonly maxDisk?: Limit;
  readonly maxProcesses?: Limit;
  readonly maxRuntime?: Limit;
  readonly idleTimeout?: Limit;
  readonly network?: 'host' | 'none';
  readonly caches?: readonly string[];
}

export const verb: Verb = defineVerb<ConfigFlags>({
  workspace: 'named',
  options: [
    ['--description <text>', 'what it is for'],
    ['--tag <tags>', 'new tags, separated by commas', LIST],
    ['--read-only <bool>', 'whether nothing may change it', BOOLEAN],
    ['--expires <time>', 'when it becomes read-only, in ISO 8601, or never'],
    ['--agent-id <id>', "the only agent that may change it; '' for any"],
    ['--owner <name>', "its owner; '' for none"],
    [
      '--sandbox-profile <name>',
      'the isolation that its commands need',
      oneOf(['standard', 'restricted', 'none', 'default']),
    ],
    ['--max-cpu <span>', 'CPU time per command: 90s; none for no limit', limit(span('s'))],
    ['--max-memory <size>', 'memory per command: 512MB', limit(BYTES)],
    ['--max-disk <size>', 'disk space per command: 2GB', limit(BYTES)],
    ['--max-processes <count>', 'processes per command', limit(COUNT)],
    ['--max-runtime <span>', 'run time per command: 10m', limit(span('s'))],
    ['--idle-timeout <span>', 'time without output that ends a command', limit(span('s'))],
    ['--network <which>', 'none: its commands have no network', oneOf(['host', 'none'])],
    ['--caches <names>', 'package managers whose caches they find: npm,pip; none, default', LIST],
  ],
  examples: [
    ['agentfs workspace config agent-1', 'show the settings'],
    ['agentfs workspace config agent-1 --tag done --read-only true', 'protect the result'],
    ['agentfs workspace config agent-1 --max-memory 1GB --max-runtime 10m', 'limit its commands'],
    ['agentfs workspace config agent-1 --network none --idle-timeout 2m', 'and cut it off'],
  ],
  async run({ workspace, flags }) {
    const update = updateOf(flags);
    const isChange = Object.values(update).some((value) => value !== undefined);
    if (isChange) await workspace.update(mergedLimits(update, workspace.limits));
    const json = workspaceJson(workspace);
    if (isChange) return { json, says: `Updated workspace ${workspace.name}.` };
    return {
      json,
      lines: Object.entries(json).map(([name, value]) => `${name}: ${oneLine(textOf(value))}`),
    };
  },
});

function updateOf(flags: ConfigFlags): WorkspaceUpdate {
  const { description, readOnly, expires, agentId, owner, sandboxProfile, tag: tags } = flags;
  return {
    ...{ description, tags },
    readOnly: readOnly === undefined ? undefined : readOnly === 'true',
    expires: expires === undefined ? undefined : parseTime(expires),
    agentId: agentId === '' ? null : agentId,
    owner: owner === '' ? null : owner,
    sandbox: sandboxProfile === 'default' ? null : sandboxProfile,
    limits: limitsOf(flags),
    caches: cachesOf(flags),
  };
}

/** The library says which names there are. */
function cachesOf({ caches }: ConfigFlags): WorkspaceUpdate['caches'] {
  if (caches?.[0] === 'default') return null;
  return (caches?.[0] === 'none' ? [] : caches) as WorkspaceUpdate['caches'];
}

type Limits = NonNullable<WorkspaceUpdate['limits']>;

/** What the options say of limits; undefined in it takes one away. */
function limitsOf(flags: ConfigFlags): Limits | undefined {
  const { maxCpu, maxMemory, maxDisk, maxProcesses, maxRuntime, idleTimeout, network } = flags;
  const cpuSeconds = typeof maxCpu === 'number' ? Math.ceil(maxCpu / 1000) : maxCpu;
  const given = Object.entries({
    cpuSeconds,
    memoryBytes: maxMemory,
    diskBytes: maxDisk,
    processes: maxProcesses,
    runtimeMs: maxRuntime,
    idleMs: idleTimeout,
  }).filter(([, value]) => value !== undefined);
  const numbers = given.map(([name, value]) => [name, value === 'none' ? undefined : value]);
  const cut = network === 'none' ? network : undefined;
  const all = network === undefined ? numbers : [...numbers, ['network', cut]];
  return all.length === 0 ? undefined : Object.fromEntries(all);
}

/** An update replaces all limits; here each option changes its own. */
function mergedLimits(update: WorkspaceUpdate, before: Limits): WorkspaceUpdate {
  if (update.limits === undefined || update.limits === null) return update;
  const merged = Object.entries({ ...before, ...update.limits });
  return {
    ...update,
    limits: Object.fromEntries(merged.filter(([, value]) => value !== undefined)),
  };
}

function textOf(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (value instanceof Date) return value.toISOString();
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function parseTime(text: string): Date | null {
  if (text === 'never') return null;
  const time = new Date(text);
  if (/^\d{4}-\d{2}-\d{2}/.test(text) && !Number.isNaN(time.getTime())) return time;
  throw new UsageError(
    `--expires takes a time, not '${text}'.`,
    'Type it as 2027-01-31 or 2027-01-31T12:00:00Z, or never.',
  );
}
