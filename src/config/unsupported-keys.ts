/**
 * Keys that people know from elsewhere and that agentfs does not have, with the reason. They are
 * reported as not supported instead of unknown.
 */

const NO_PLUGINS = 'content goes to SQLite; there is no native plug-in interface';
const NO_TUNING = 'Node cannot control it; the store is synchronous SQLite';
const NO_SERVER = 'agentfs is a local library without a server, users or identities';
const NO_HOST_POLICY = 'it needs root and a policy of the host';
const BY_CLIENT = 'the remote database client decides it';

/** By normalised name; a section stands for everything in it. */
const REASONS: ReadonlyMap<string, string> = new Map([
  ['storage.custom_backend_path', NO_PLUGINS],
  ['storage.s3', NO_PLUGINS],
  ['performance.io_scheduler', NO_TUNING],
  ['performance.fd_cache_size', NO_TUNING],
  ['performance.mmap_threshold_mb', NO_TUNING],
  ['performance.worker_threads', NO_TUNING],
  ['performance.parallel_processing', NO_TUNING],
  ['security.mac_integration', NO_HOST_POLICY],
  ['security.allow_hardlinks', 'workspaces never hold hard links'],
  ['security.require_signed_commits', 'there are no keys to sign with'],
  ['security.encryption_key_file', 'the store is not encrypted; use an encrypted file system'],
  ['security.hsm', NO_SERVER],
  ['security.kms', NO_SERVER],
  ['security.rbac', NO_SERVER],
  ['security.mfa', NO_SERVER],
  ['security.tls', NO_SERVER],
  ['security.allowed_ips', NO_SERVER],
  ['security.compliance', 'a switch cannot make anything compliant'],
  ['security.scanning', 'contents are not scanned'],
  ['server', NO_SERVER],
  ['users', NO_SERVER],
  ['compliance', 'a switch cannot make anything compliant'],
  ['nfs', 'directories of workspaces are ordinary directories; export those'],
  ['network.http2', BY_CLIENT],
  ['network.connection_pool_size', BY_CLIENT],
  ['sync.compression', 'content travels compressed already'],
  ['sync.targets', 'a workspace has one remote'],
]);

/** Why the key with this normalised name is not supported, or undefined when the key is unknown. */
export function unsupportedReason(name: string): string | undefined {
  const parts = name.split('.');
  for (let length = parts.length; length > 0; length--) {
    const reason = REASONS.get(parts.slice(0, length).join('.'));
    if (reason !== undefined) return reason;
  }
  return undefined;
}
