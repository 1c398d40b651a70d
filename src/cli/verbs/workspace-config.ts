/** `agentfs workspace config`: shows or changes the settings of a workspace. */

import { Option } from 'commander';
import type { SandboxProfile, WorkspaceUpdate } from '../../index.ts';
import { parseBytes, parseCount, parseSpan } from '../humane.ts';
import { UsageError } from '../usage-error.ts';
import { addExamples, collectList, type Verb } from '../verb.ts';
import { oneLine } from '../visible.ts';
import { workspaceJson } from '../workspace-json.ts';

interface ConfigFlags {
  readonly description?: string;
  readonly tag?: readonly string[];
  readonly tags?: readonly string[];
  readonly readOnly?: string;
  readonly expires?: string;
  readonly agentId?: string;
  readonly owner?: string;
  readonly sandboxProfile?: SandboxProfile | 'default';
  readonly maxCpu?: string;
  readonly maxMemory?: string;
  readonly maxDisk?: string;
  readonly maxProcesses?: string;
  readonly maxRuntime?: string;
}

/** Shows or changes settings. */
export const verb: Verb = {
  define(command) {
    command
      .argument('<name>', 'the workspace')
      .option('--description <text>', 'what it is for')
      .option('--tag <tags>', 'its tags in place of those before, separated by commas', collectList)
      .addOption(new Option('--tags <tags>').argParser(collectList).hideHelp())
      .addOption(
        new Option('--read-only <bool>', 'whether nothing may change it').choices([
          'true',
          'false',
        ]),
      )
      .option('--expires <time>', 'when it becomes read-only, in ISO 8601, or never')
      .option('--agent-id <id>', "the only agent that may change it; '' for any")
      .option('--owner <name>', "whose it is; '' for nobody's")
      .addOption(
        new Option('--sandbox-profile <name>', 'the isolation that its commands must have').choices(
          ['standard', 'restricted', 'none', 'default'],
        ),
      )
      .option('--max-cpu <span>', 'processor time of a command: 90s; none for no limit')
      .option('--max-memory <size>', 'memory of a command: 512MB')
      .option('--max-disk <size>', 'what a command may write: 2GB')
      .option('--max-processes <count>', 'processes of a command at a time')
      .option('--max-runtime <span>', 'duration of a command: 10m');
    addExamples(
      command,
      ['agentfs workspace config agent-1', 'the settings'],
      ['agentfs workspace config agent-1 --tag done --read-only true', 'keep it as it is'],
      ['agentfs workspace config agent-1 --max-memory 1GB --max-runtime 10m', 'bound its commands'],
    );
  },
  async run(call, command) {
    const update = updateOf(command.opts<ConfigFlags>());
    const workspace = await call.workspace(command.args[0]);
    const isChange = Object.values(update).some((value) => value !== undefined);
    if (isChange) await workspace.update(mergedLimits(update, workspace.limits));
    if (call.globals.json) return call.output.json(workspaceJson(workspace));
    if (isChange) return call.output.say(`Changed ${workspace.name}.`);
    for (const [name, value] of Object.entries(workspaceJson(workspace))) {
      await call.output.print(`${name}: ${oneLine(textOf(value))}`);
    }
  },
};

function updateOf(flags: ConfigFlags): WorkspaceUpdate {
  const { description, readOnly, expires, agentId, owner, sandboxProfile } = flags;
  const tags = flags.tag ?? flags.tags;
  return {
    ...{ description, tags },
    readOnly: readOnly === undefined ? undefined : readOnly === 'true',
    expires: expires === undefined ? undefined : parseTime(expires),
    agentId: agentId === '' ? null : agentId,
    owner: owner === '' ? null : owner,
    sandbox: sandboxProfile === 'default' ? null : sandboxProfile,
    limits: limitsOf(flags),
  };
}

type Limits = NonNullable<WorkspaceUpdate['limits']>;

/** What the options say of limits; undefined in it takes one away. */
function limitsOf(flags: ConfigFlags): Limits | undefined {
  const { maxCpu, maxMemory, maxDisk, maxProcesses, maxRuntime } = flags;
  const limits: Limits = {
    ...limit('cpuSeconds', maxCpu, (text) => Math.ceil(parseSpan(text, '--max-cpu', 's') / 1000)),
    ...limit('memoryBytes', maxMemory, (text) => parseBytes(text, '--max-memory')),
    ...limit('diskBytes', maxDisk, (text) => parseBytes(text, '--max-disk')),
    ...limit('processes', maxProcesses, (text) => parseCount(text, '--max-processes')),
    ...limit('runtimeMs', maxRuntime, (text) => parseSpan(text, '--max-runtime', 's')),
  };
  return Object.keys(limits).length === 0 ? undefined : limits;
}

function limit(
  name: keyof Limits,
  text: string | undefined,
  parse: (text: string) => number,
): Limits {
  if (text === undefined) return {};
  return { [name]: text === 'none' ? undefined : parse(text) };
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
    'Write it as 2027-01-31 or 2027-01-31T12:00:00Z, or never.',
  );
}
