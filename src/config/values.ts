/**
 * The names of all configuration keys and the types of their values. What each key means, its
 * default and who may set it stand in `keys.ts`.
 */

/** The package managers whose caches can be kept between commands. */
export const PACKAGE_CACHES: readonly PackageCacheName[] = [
  ...(['npm', 'pnpm', 'yarn', 'pip', 'uv', 'cargo', 'go', 'gradle'] as const),
];

type PackageCacheName = 'npm' | 'pnpm' | 'yarn' | 'pip' | 'uv' | 'cargo' | 'go' | 'gradle';

/** Every key with the type of its value; `undefined` where a key may be unset. */
export interface ConfigValues {
  readonly 'core.default_base': string | undefined;
  readonly 'core.max_workspaces': number;
  readonly 'core.audit_enabled': boolean;
  readonly 'core.audit_retention_days': number;
  readonly 'storage.backend': 'sqlite' | 'memory';
  readonly 'storage.database_path': string | undefined;
  readonly 'storage.cache_size_mb': number;
  readonly 'storage.compression': boolean;
  readonly 'storage.compression_level': number;
  readonly 'ignore.patterns': readonly string[];
  readonly 'workspace.default_tags': readonly string[];
  readonly 'runner.ignored': 'copy' | 'link' | 'omit';
  readonly 'undo.ignored_bytes': number;
  readonly 'undo.ignored_steps': number;
  readonly 'sandbox.profile': 'standard' | 'restricted' | 'none' | undefined;
  readonly 'sandbox.caches': readonly PackageCacheName[];
  readonly 'limits.memory_bytes': number | undefined;
  readonly 'limits.processes': number | undefined;
  readonly 'limits.cpu_seconds': number | undefined;
  readonly 'limits.disk_bytes': number | undefined;
  readonly 'limits.runtime_ms': number | undefined;
  readonly 'limits.output_bytes': number | undefined;
  readonly 'limits.idle_ms': number | undefined;
  readonly 'performance.max_concurrent_ops': number;
  readonly 'performance.page_cache_size_kb': number;
  readonly 'security.confirm_destructive': boolean;
  readonly 'security.allow_workspace_binaries': boolean;
  readonly 'security.allow_symlinks': boolean | 'inside';
  readonly 'security.audit_all_reads': boolean;
  readonly 'security.trust_project_hooks': boolean;
  readonly 'security.encrypt_local_db': false;
  readonly 'sync.default_mode': 'manual' | 'periodic' | 'real-time';
  readonly 'sync.periodic_interval': number;
  readonly 'sync.auto_sync_on_commit': boolean;
  readonly 'sync.conflict_resolution':
    | 'manual'
    | 'local-wins'
    | 'remote-wins'
    | 'last-write-wins'
    | 'merge';
  readonly 'sync.turso.organization': string | undefined;
  readonly 'sync.turso.default_database': string | undefined;
  readonly 'sync.turso.token': string | undefined;
  readonly 'sync.turso.token_file': string | undefined;
  readonly 'sync.turso.advanced.batch_size': number;
  readonly 'logging.level': 'error' | 'warn' | 'info' | 'debug' | 'trace';
  readonly 'logging.log_file': string | undefined;
  readonly 'logging.max_log_size_mb': number;
  readonly 'logging.max_log_files': number;
  readonly 'ui.default_format': 'auto' | 'table' | 'text' | 'json' | 'csv';
  readonly 'ui.color': boolean;
  readonly 'ui.pager': string;
  readonly 'network.timeout': number;
  readonly 'network.retry_attempts': number;
  readonly 'serve.api': number | undefined;
  readonly 'serve.forge': number | undefined;
  readonly 'serve.ambient': number | undefined;
  readonly 'serve.clove': string | undefined;
  readonly 'serve.clove_workspace': string;
  readonly 'serve.clove_isolate': boolean;
  readonly 'serve.clove_map': readonly string[];
  readonly 'serve.clove_allow_elevation': boolean;
  readonly 'serve.max_sessions': number;
  readonly 'serve.max_workspaces': number;
  readonly 'serve.session_ttl': number;
  readonly 'serve.session_hard_ttl': number;
  readonly 'serve.relay': readonly string[];
  readonly 'serve.listen': string;
  readonly 'serve.token_file': string | undefined;
  readonly 'serve.allow_cidrs': readonly string[] | undefined;
  readonly 'serve.requests_per_second': number;
  readonly 'serve.agent.command': readonly string[];
  readonly 'serve.agent.url': string | undefined;
  readonly 'serve.agent.model': string | undefined;
  readonly 'serve.agent.key': string | undefined;
  readonly 'serve.agent.tokens_per_minute': number | undefined;
  readonly 'hooks.timeout': number;
  readonly 'hooks.pre_command': string | undefined;
  readonly 'hooks.post_command': string | undefined;
  readonly 'hooks.pre_workspace_create': string | undefined;
  readonly 'hooks.post_workspace_create': string | undefined;
  readonly 'hooks.pre_commit': string | undefined;
  readonly 'hooks.post_commit': string | undefined;
  readonly 'hooks.pre_sync': string | undefined;
  readonly 'hooks.post_sync': string | undefined;
}

/** The full dotted name of a key, such as `storage.cache_size_mb`. */
export type ConfigName = keyof ConfigValues;

/** A value that some key may have. */
export type ConfigValue = NonNullable<ConfigValues[ConfigName]>;
