/**
 * The layer of environment variables. The environment is an argument: the library does not read
 * that of its process by itself.
 */

import { closestOf } from '../primitives/closest.ts';
import { KEYS } from './keys.ts';
import type { Issue, Layer, Setting } from './layer.ts';
import { valueFromText } from './layer.ts';
import type { ConfigName } from './values.ts';

/** Environment variables by name; undefined stands for "not set". */
export type Variables = Readonly<Record<string, string | undefined>>;

/** Variables that mean something else than a key, by name, with what they mean. */
export const OTHER_VARIABLES: Readonly<Record<string, string>> = {
  AGENTFS_CONFIG: 'Configuration file to read in place of the default ones.',
  AGENTFS_PROFILE: 'Profile to use, as with `--profile`.',
  AGENTFS_WORKSPACE: 'Workspace that a command is about when it names none.',
  AGENTFS_AGENT_ID: 'Agent that acts, for the audit log and for workspaces bound to an agent.',
  AGENTFS_SESSION_ID: 'What ties the audit entries of several commands together.',
  AGENTFS_AUTHOR: 'Author of commits: `Name <mail>` or a name.',
  AGENTFS_ENCRYPTION_KEY:
    'A place for the key that `sync enable --encryption-key env:AGENTFS_ENCRYPTION_KEY` names.',
  AGENTFS_ADMIN_TOKEN: 'Token of an administrator of `agentfs serve`; kept from commands.',
  AGENTFS_MCP_TOKEN: 'What clients of `agentfs mcp --port` have to name; kept from commands.',
};

/** Variables that agentfs sets for what it starts, and those of its clients. */
const OWN_VARIABLES: ReadonlySet<string> = new Set([
  'AGENTFS_BASE',
  'AGENTFS_BIN',
  'AGENTFS_CANDIDATE',
  'AGENTFS_CANDIDATE_NUMBER',
  'AGENTFS_COMMAND',
  'AGENTFS_COMMAND_ID',
  'AGENTFS_COMMIT',
  'AGENTFS_DIRECTION',
  'AGENTFS_EXIT_CODE',
  'AGENTFS_HOOK',
  'AGENTFS_MESSAGE',
  'AGENTFS_NODE',
  'AGENTFS_TURN',
  'AGENTFS_WORKDIR',
]);

/**
 * What the environment sets. A variable that is empty is as good as not set.
 *
 * @throws {ConfigError} CONFIG_INVALID when a variable has a value that its key cannot have.
 */
export function readEnvironment(env: Variables): Layer {
  const settings = new Map<ConfigName, Setting>();
  let name: ConfigName;
  for (name in KEYS) {
    const variable = KEYS[name].environment.find((each) => isSet(env[each]));
    const text = variable === undefined ? undefined : env[variable];
    if (variable === undefined || text === undefined) continue;
    settings.set(name, { value: valueFromText(name, text, variable), source: variable });
  }
  return { settings, others: [], issues: misspelt(env) };
}

/** What the variables of a key say, for who opens a store without the environment as a layer. */
export function fromEnvironment(name: ConfigName, env: Variables): string | undefined {
  return KEYS[name].environment.map((variable) => env[variable]).find(isSet);
}

/** Unknown variables that are close to one of ours; others may belong to other programs. */
function misspelt(env: Variables): Issue[] {
  const ours = [
    ...Object.values(KEYS).flatMap(({ environment }) => environment),
    ...Object.keys(OTHER_VARIABLES),
  ];
  const known = new Set([...ours, ...OWN_VARIABLES]);
  const issues: Issue[] = [];
  for (const variable of Object.keys(env)) {
    if (!variable.startsWith('AGENTFS_') || known.has(variable)) continue;
    const closest = closestOf(variable, ours);
    if (closest === undefined) continue;
    issues.push({
      severity: 'warning',
      key: variable,
      message: `agentfs does not know the variable ${variable}; it has no effect.`,
      suggestion: `Did you mean ${closest}?`,
      source: 'environment',
    });
  }
  return issues;
}

function isSet(text: string | undefined): boolean {
  return text !== undefined && text.trim() !== '';
}
