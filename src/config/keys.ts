/**
 * The table of configuration keys: for each its type, default, other spellings, environment
 * variable, and whether the project's own file may set it. Everything else is derived from it.
 */

import type { Unit } from '../primitives/quantity.ts';
import {
  BOOLEAN,
  choice,
  HOST_PATH,
  integer,
  PATTERNS,
  someOf,
  TEXT,
  TEXTS,
  type ValueType,
} from './value-type.ts';
import { type ConfigName, type ConfigValue, type ConfigValues, PACKAGE_CACHES } from './values.ts';

/**
 * What the project's file may do to a key. The file lies in the base, where an agent may have
 * written it, so it must not run anything, reach outside, or loosen what protects the user.
 */
export type ProjectRule =
  /** Any value. */
  | { readonly kind: 'free' }
  /** Nothing. */
  | { readonly kind: 'refused' }
  /** Nothing, unless the user has set `security.trust_project_hooks`. */
  | { readonly kind: 'trusted-hook' }
  /** A path inside the base. */
  | { readonly kind: 'inside-base' }
  /** A number below the one in force, or any when none is. */
  | { readonly kind: 'lower' }
  /** A value that stands no earlier in this list than the one in force. */
  | { readonly kind: 'stricter'; readonly weakestFirst: readonly ConfigValue[] };

/** One configuration key. */
export interface KeyDefinition<V> {
  readonly type: ValueType<V>;
  readonly default: V;
  /** One sentence for people, with the unit. */
  readonly doc: string;
  /** Other spellings, normalised: `cache_size` also stands for `cacheSize` and `cache-size`. */
  readonly aliases: readonly string[];
  /** The environment variables that the command line reads into this key; the first set counts. */
  readonly environment: readonly string[];
  readonly project: ProjectRule;
  /** Whether the value must never be shown. */
  readonly secret: boolean;
}

type Details = Partial<
  Pick<KeyDefinition<unknown>, 'aliases' | 'environment' | 'project' | 'secret'>
>;

const REFUSED: ProjectRule = { kind: 'refused' };
const OWN: Details = { project: REFUSED };
const OWN_SECRET: Details = { project: REFUSED, secret: true };
const LOWER: ProjectRule = { kind: 'lower' };
function stricter(...weakestFirst: readonly ConfigValue[]): ProjectRule {
  return { kind: 'stricter', weakestFirst };
}
const MAX_COUNT = 1_000_000;
const MAX_PORT = 65_535;
const SPAN: ValueType<number> = integer(1, MAX_COUNT, 's');
const MAX_BYTES: number = Number.MAX_SAFE_INTEGER;

/** All keys by their full names. */
export const KEYS: { readonly [Name in ConfigName]: KeyDefinition<ConfigValues[Name]> } = {
  'core.default_base': unset(HOST_PATH, 'The project when none is named.', {
    environment: ['AGENTFS_BASE'],
    project: REFUSED,
  }),
  'core.max_workspaces': key(integer(0, MAX_COUNT), 100, 'Workspaces of a project; 0: no limit.', {
    aliases: ['max_workspaces'],
  }),
  'core.audit_enabled': key(BOOLEAN, true, 'Record every change in the audit log.', {
    aliases: ['audit_enabled'],
    project: stricter(false, true),
  }),
  'core.audit_retention_days': key(
    integer(0, 36_500, 'days'),
    90,
    'Days after which gc may drop audit entries; 0: never.',
    { aliases: ['audit_retention', 'audit_retention_days'], project: REFUSED },
  ),
  'storage.backend': key(choice('sqlite', 'memory'), 'sqlite', 'Where the store lives.', {
    aliases: ['storage'],
    // A store in memory keeps no record of what an agent does.
    project: REFUSED,
  }),
  'storage.database_path': unset(HOST_PATH, 'The store; <base>/.agentfs/agentfs.db when not set.', {
    aliases: ['database_path'],
    project: { kind: 'inside-base' },
  }),
  'storage.cache_size_mb': key(integer(0, 65_536, 'MB'), 256, 'Cache of decoded objects, in MB.', {
    aliases: ['cache_size', 'cache_size_mb'],
    environment: ['AGENTFS_CACHE_SIZE'],
  }),
  'storage.compression': key(BOOLEAN, true, 'Compress stored content where that saves space.'),
  'storage.compression_level': key(integer(1, 9), 6, 'Deflate level: 1 is fast, 9 is small.'),
  'ignore.patterns': key(PATTERNS, [], 'Patterns, as in .gitignore, of what is not versioned.', {
    aliases: ['ignore'],
  }),
  'workspace.default_tags': key(TEXTS, [], 'Tags that every new workspace gets.'),
  'runner.ignored': key(
    choice('copy', 'link', 'omit'),
    'copy',
    'How a command sees ignored content: a copy, the project itself (not isolated), or not at all.',
    { project: stricter('link', 'copy', 'omit') },
  ),
  'undo.ignored_bytes': key(
    integer(0, MAX_BYTES, 'bytes'),
    2 * 1024 * 1024 * 1024,
    'What a workspace keeps to take changes of ignored content back, in bytes.',
  ),
  'undo.ignored_steps': key(integer(0, 10_000), 100, 'Steps that keep ignored content for undo.'),
  'sandbox.profile': unset(
    choice('standard', 'restricted', 'none'),
    'Isolation that every command must have; when not set, the best that the host offers.',
    { project: stricter('none', 'standard', 'restricted') },
  ),
  'sandbox.caches': key(
    someOf(...PACKAGE_CACHES),
    PACKAGE_CACHES,
    'Package managers whose caches stay in the store, for the commands of all workspaces.',
    OWN,
  ),
  'limits.memory_bytes': limit('Memory of one command, in bytes.', 'bytes'),
  'limits.processes': limit('Processes of one command at a time.'),
  'limits.cpu_seconds': limit('Processor time of one command, in seconds.', 's'),
  'limits.disk_bytes': limit('What one command may write, in bytes.', 'bytes'),
  'limits.runtime_ms': limit('Duration of one command, in milliseconds.', 'ms'),
  'limits.output_bytes': limit('Output kept of one command, in bytes.', 'bytes'),
  'limits.idle_ms': limit('Time without output that ends a command, in milliseconds.', 'ms'),
  'performance.max_concurrent_ops': key(integer(1, 1024), 10, 'File operations at a time.', {
    aliases: ['max_concurrent_ops'],
  }),
  'performance.page_cache_size_kb': key(
    integer(64, 16_777_216, 'KB'),
    8192,
    'Page cache of SQLite, in KB.',
  ),
  'security.confirm_destructive': key(BOOLEAN, true, 'The command line asks before deleting.', {
    project: stricter(false, true),
  }),
  'security.allow_workspace_binaries': key(
    BOOLEAN,
    true,
    'Commands may be programs of the workspace itself; advisory.',
    { project: stricter(true, false) },
  ),
  'security.allow_symlinks': key(
    choice(true, false, 'inside'),
    'inside',
    'Symbolic links that a commit may create: all, none, or those that stay inside it.',
    { project: stricter(true, 'inside', false) },
  ),
  'security.audit_all_reads': key(BOOLEAN, false, 'Record reads in the audit log too.', {
    project: stricter(false, true),
  }),
  'security.trust_project_hooks': key(
    BOOLEAN,
    false,
    'Obey the hooks of the file of the project, which anybody who can write there can set.',
    { aliases: ['trust_project_hooks'], project: stricter(true, false) },
  ),
  'security.encrypt_local_db': key(
    choice(false),
    false,
    'Encryption of the store: not offered; use an encrypted file system.',
  ),
  'sync.default_mode': key(
    choice('manual', 'periodic', 'real-time'),
    'manual',
    'When a workspace with a remote synchronises by itself.',
    { aliases: ['default_sync_mode'] },
  ),
  'sync.periodic_interval': key(integer(5, 86_400, 's'), 300, 'Seconds between periodic syncs.', {
    aliases: ['sync.interval'],
  }),
  'sync.auto_sync_on_commit': key(BOOLEAN, false, 'Push after every commit.'),
  'sync.conflict_resolution': key(
    choice('manual', 'local-wins', 'remote-wins', 'last-write-wins', 'merge'),
    'merge',
    'What happens to a path that changed on both sides.',
  ),
  // The user's token goes to these, so the project must not choose them.
  'sync.turso.organization': unset(TEXT, 'Turso organisation, for database addresses.', {
    environment: ['TURSO_ORG'],
    project: REFUSED,
  }),
  'sync.turso.default_database': unset(TEXT, 'Database of workspaces that name none.', {
    environment: ['TURSO_DATABASE_URL'],
    project: REFUSED,
  }),
  'sync.turso.token': unset(TEXT, 'Access token, or env:NAME of the variable that holds it.', {
    environment: ['TURSO_TOKEN', 'TURSO_AUTH_TOKEN'],
    project: REFUSED,
    secret: true,
  }),
  'sync.turso.token_file': unset(
    HOST_PATH,
    'File, readable by you alone, that holds the access token.',
    OWN,
  ),
  'sync.turso.advanced.batch_size': key(integer(1, 10_000), 100, 'Objects in one request.', {
    aliases: ['sync.batch_size'],
  }),
  'logging.level': key(
    choice('error', 'warn', 'info', 'debug', 'trace'),
    'info',
    'The least important messages that are logged.',
    {
      environment: ['AGENTFS_LOG_LEVEL'],
      project: stricter('error', 'warn', 'info', 'debug', 'trace'),
    },
  ),
  'logging.log_file': unset(HOST_PATH, 'Log file; standard error when not set.', OWN),
  'logging.max_log_size_mb': key(
    integer(1, 10_240, 'MB'),
    100,
    'Size at which the log rolls, in MB.',
  ),
  'logging.max_log_files': key(integer(1, 1000), 5, 'Rolled log files that are kept.'),
  'ui.default_format': key(
    choice('auto', 'table', 'text', 'json', 'csv'),
    'auto',
    'Output format of the command line; auto: a table on a terminal, else plain text.',
  ),
  'ui.color': key(BOOLEAN, true, 'Colours on a terminal.'),
  'ui.pager': key(TEXT, 'less -R', 'Command that shows long output on a terminal.', OWN),
  'network.timeout': key(integer(1, 3600, 's'), 30, 'Seconds before a request is given up.'),
  'network.retry_attempts': key(integer(0, 100), 3, 'Attempts after a request failed.'),
  // A daemon is reached by others than its user, and starts what it is told to.
  'serve.api': unset(integer(0, MAX_PORT), 'Port of the API and of MCP; 0: any free one.', OWN),
  'serve.forge': unset(integer(0, MAX_PORT), 'Port for clients of clawdforge.', OWN),
  'serve.ambient': unset(integer(0, MAX_PORT), 'Port for clients of Ambient.', OWN),
  'serve.clove': unset(HOST_PATH, 'Socket for Clove clients.', OWN),
  'serve.clove_workspace': key(TEXT, 'clove', 'Workspace that Clove agents work in.', OWN),
  'serve.clove_isolate': key(BOOLEAN, false, 'Started Clove agents keep their changes.', OWN),
  'serve.clove_map': key(TEXTS, [], 'Host directories that Clove agents may use.', OWN),
  'serve.clove_allow_elevation': key(
    BOOLEAN,
    false,
    'Clove agents may allow themselves more.',
    OWN,
  ),
  'serve.max_sessions': key(integer(1, MAX_COUNT), 64, 'Open sessions of a neighbour.', OWN),
  'serve.max_workspaces': key(integer(0, MAX_COUNT), 1000, 'Workspaces of sessions.', OWN),
  'serve.session_ttl': key(SPAN, 3600, 'Seconds until an idle session is closed.', OWN),
  'serve.session_hard_ttl': key(SPAN, 86_400, 'Seconds until a closed one is forgotten.', OWN),
  'serve.relay': key(TEXTS, [], 'Ports of the fleet API and of the relay, for Clove.', OWN),
  'serve.listen': key(TEXT, '127.0.0.1', 'Address that a daemon listens on.', OWN),
  'serve.token_file': unset(HOST_PATH, 'File, yours alone, with the token of the admin.', OWN),
  'serve.allow_cidrs': unset(TEXTS, 'Networks that may come besides this machine.', OWN),
  'serve.requests_per_second': key(integer(1, MAX_COUNT), 5000, 'Requests of one client.', OWN),
  'serve.agent.command': key(TEXTS, [], 'Program and arguments that answer prompts.', OWN),
  'serve.agent.url': unset(TEXT, 'Or the address of a model, as OpenAI has it.', OWN),
  'serve.agent.model': unset(TEXT, 'Model of prompts that name none.', OWN),
  'serve.agent.key': unset(TEXT, 'Key for the model, or env:NAME of its variable.', OWN_SECRET),
  'serve.agent.tokens_per_minute': unset(integer(1, MAX_BYTES), 'Tokens of all answers.', OWN),
  'hooks.timeout': key(integer(1, 86_400, 's'), 600, 'Seconds before a hook is ended as failed.', {
    project: LOWER,
  }),
  'hooks.pre_command': hook('before a command runs; a failure stops it'),
  'hooks.post_command': hook('after a command ran'),
  'hooks.pre_workspace_create': hook('before a workspace is created; a failure stops it'),
  'hooks.post_workspace_create': hook('after a workspace was created'),
  'hooks.pre_commit': hook('before a commit; a failure stops it'),
  'hooks.post_commit': hook('after a commit'),
  'hooks.pre_sync': hook('before a sync; a failure stops it'),
  'hooks.post_sync': hook('after a sync'),
};

function key<V>(
  type: ValueType<V>,
  standard: V,
  doc: string,
  { aliases = [], environment = [], project = { kind: 'free' }, secret = false }: Details = {},
): KeyDefinition<V> {
  return { type, default: standard, doc, aliases, environment, project, secret };
}

function unset<V>(
  type: ValueType<V>,
  doc: string,
  details: Details = {},
): KeyDefinition<V | undefined> {
  return key<V | undefined>(type, undefined, doc, details);
}

function limit(doc: string, unit?: Unit): KeyDefinition<number | undefined> {
  return unset(integer(1, MAX_BYTES, unit), doc, { project: LOWER });
}

function hook(when: string): KeyDefinition<string | undefined> {
  return unset(TEXT, `Shell command that runs ${when}.`, { project: { kind: 'trusted-hook' } });
}
