/** The public names of agentfs. */

// The way in.
export { AgentFS } from './agentfs.ts';
// The audit log.
export type { AuditDetails, AuditEntry, AuditOperation } from './audit/entry.ts';
export type { AuditFormat } from './audit/export.ts';
export type { AuditFilter } from './audit/filter.ts';
// Configuration.
export { Config, type ConfigPaths } from './config/config.ts';
export type { Variables } from './config/environment.ts';
export type { ConfigKey } from './config/key-description.ts';
export type { Issue } from './config/layer.ts';
export type { ConfigInput } from './config/nested.ts';
export type { AgentFSOptions } from './config/options.ts';
export type { ConfigSources } from './config/sources.ts';
export type { WorkspaceTemplate } from './config/template.ts';
// Logging.
export { FileLogger, type FileLoggerOptions } from './logging/file-logger.ts';
export { type LineLoggerOptions, lineLogger } from './logging/line-logger.ts';
export { secretsOf } from './logging/redact.ts';
// Looking after the store.
export type { StorageAnalysis } from './maintenance/analyze.ts';
export type { Collected } from './maintenance/collect.ts';
export type { Compacted } from './maintenance/compact.ts';
export type { Finding } from './maintenance/doctor.ts';
export type { Damage, DamageHit } from './maintenance/findings.ts';
export type { StorageUsage } from './maintenance/storage-usage.ts';
export type { VerifyOptions, VerifyReport } from './maintenance/verify.ts';
// Basics.
export type { Clock } from './primitives/clock.ts';
export type { EntryKind } from './primitives/entry.ts';
export type { ErrorCode } from './primitives/error-code.ts';
// Errors.
export {
  AgentFSError,
  AmbiguousSnapshotError,
  ArchiveError,
  ConfigError,
  FileNotFoundError,
  FileSystemError,
  HookError,
  InvalidNameError,
  InvalidPathError,
  PermissionDeniedError,
  ReadOnlyError,
  SnapshotExistsError,
  SnapshotNotFoundError,
  StorageError,
  WorkspaceBusyError,
  WorkspaceExistsError,
  WorkspaceExpiredError,
  WorkspaceLimitError,
  WorkspaceNotFoundError,
} from './primitives/errors.ts';
export type { Logger } from './primitives/logger.ts';
export type { ObjectId } from './primitives/object-id.ts';
export type { Isolation, ResourceLimits, SandboxProfile } from './runner/isolation.ts';
export type { PrunedCheckouts } from './runner/layers/prune-checkouts.ts';
// Running commands.
export type { Command } from './runner/process/command.ts';
export type { IgnoredChanges, PackageCache, RunWarning, StrategyName } from './runner/strategy.ts';
// Changes, diffs and conflicts.
export type { FileChange, FileVersion, StatusFile } from './snapshot/changes.ts';
export type { Conflict, ConflictSide, ConflictType, DecidedConflict } from './snapshot/conflict.ts';
export type { ConflictOptions } from './snapshot/conflict-side.ts';
export type { DiffOptions, DiffResult, DiffStats } from './snapshot/diff-result.ts';
export { CommitError, MergeConflictError } from './snapshot/merge-errors.ts';
export type { AuditVerdict } from './store/audit-chain.ts';
// Synchronisation.
export type { SyncMode, SyncStrategy } from './sync/settings.ts';
export { SyncConflictError, SyncError } from './sync/sync-errors.ts';
export type { RemoteDamage, RemoteVerdict } from './sync/verify-remote.ts';
// Workspaces.
export type {
  Adoption,
  ForeignCommit,
  ForeignRemote,
  ForeignSettings,
} from './workspace/adopt.ts';
export type {
  BackgroundRun,
  OutputSoFar,
  StartOptions,
} from './workspace/commands/background-run.ts';
export type { Capabilities, ProfileSupport } from './workspace/commands/capabilities.ts';
export type { MaterializeOptions } from './workspace/commands/materialized.ts';
export type { RefreshOptions, RefreshResult } from './workspace/commands/refresh-ignored.ts';
export { CommandError, CommandTimeoutError } from './workspace/commands/run-errors.ts';
export type { SessionCheckpoint } from './workspace/commands/run-files.ts';
export type { RunLimits } from './workspace/commands/run-limits.ts';
export type { RunOptions } from './workspace/commands/run-options.ts';
export type { RunResult } from './workspace/commands/run-result.ts';
export type {
  RunSession,
  SessionOptions,
  SessionRunOptions,
} from './workspace/commands/run-session.ts';
export type { RunStream, RunStreamOptions } from './workspace/commands/run-stream.ts';
export type { Author } from './workspace/commits/author.ts';
export type { Clash, MergeCheck } from './workspace/commits/check-merge.ts';
export type { CommitOptions } from './workspace/commits/commit-options.ts';
export type {
  CommitOutcome,
  CommitPreview,
  CommitResult,
  LogOptions,
} from './workspace/commits/commit-result.ts';
export type {
  MergeOptions,
  MergeResult,
} from './workspace/commits/merge-workspaces.ts';
export type { Contents, RebaseOptions } from './workspace/commits/rebase.ts';
export type { RevertOptions } from './workspace/commits/revert.ts';
// Acting for others, events and hooks.
export { actingAs } from './workspace/core/acting-agent.ts';
export type { Progress } from './workspace/core/engine.ts';
export type { ChangeNotice } from './workspace/core/workspace-core.ts';
export type {
  CreateFromTarOptions,
  CreateOptions,
  WorkspaceFilter,
} from './workspace/create-options.ts';
export type { AgentFSEvents, EventName, Listener } from './workspace/events.ts';
// Exploring.
export type {
  Candidate,
  CandidateContext,
  CandidateOutcome,
  CommandJudge,
  ExploreOptions,
  Judge,
  PairJudge,
  ScoreJudge,
} from './workspace/exploring/explore-options.ts';
export type {
  CandidateState,
  ExploredCandidate,
  ExploreResult,
} from './workspace/exploring/explore-result.ts';
export type { CandidateStatus } from './workspace/exploring/explored-workspaces.ts';
export type { Explore } from './workspace/exploring/exploring.ts';
export type { Batch, BatchOp, BatchSummary } from './workspace/files/batch.ts';
export type { BatchResult } from './workspace/files/batch-process.ts';
export type { WriteOptions } from './workspace/files/edit-files.ts';
export type { FileInfo, FileOrigin } from './workspace/files/file-info.ts';
export type { ReadStreamOptions, WriteStreamOptions } from './workspace/files/file-streams.ts';
export type { ExportOptions } from './workspace/files/tar-export.ts';
export type {
  ArchiveSource,
  ImportOptions,
  ImportOverOptions,
  ImportResult,
} from './workspace/files/tar-import.ts';
export type { GarbageOptions, GarbageReport } from './workspace/garbage.ts';
export type {
  StatusOptions,
  WorkspaceDiffOptions,
  WorkspaceStatus,
} from './workspace/history/compare.ts';
export type { Snapshot } from './workspace/history/snapshot-info.ts';
export type {
  AuditExportOptions,
  AuditLog,
  AuditLogsOptions,
  AuditStreamOptions,
} from './workspace/history/workspace-audit.ts';
export type { IgnoredPart, Operation, UndoResult } from './workspace/history/workspace-history.ts';
export type {
  RestoreResult,
  SnapshotOptions,
  TempSnapshot,
  WorkspaceSnapshots,
} from './workspace/history/workspace-snapshots.ts';
export type { HookScriptOptions } from './workspace/hook-script.ts';
export {
  type HookScriptHost,
  type HookScripts,
  installHookScripts,
} from './workspace/hook-scripts.ts';
export type { BeforeHook, BeforeHooks, BeforeName, Hooks } from './workspace/hooks.ts';
// The file system of a workspace, as programs for node:fs want it.
export type { FileData, PathLike } from './workspace/node-fs/call-arguments.ts';
export type { CopyTreeOptions } from './workspace/node-fs/copy-tree.ts';
export type { DirectoryEntry, OpenDirectory } from './workspace/node-fs/directory.ts';
export type { FileHandle } from './workspace/node-fs/file-handle.ts';
export type { FileStats } from './workspace/node-fs/file-stats.ts';
export type { ReadOptions } from './workspace/node-fs/handle-arguments.ts';
export type { HandleReadOptions, HandleWriteOptions } from './workspace/node-fs/handle-streams.ts';
export type { NodeFs } from './workspace/node-fs/node-fs.ts';
export type { ReadDirectoryOptions } from './workspace/node-fs/path-queries.ts';
export { SystemCallError } from './workspace/node-fs/system-error.ts';
export type { WatchEvent, WatchPathOptions } from './workspace/node-fs/watch-path.ts';
export type {
  ReadFileOptions,
  WriteFileOptions,
  WritePathOptions,
} from './workspace/node-fs/whole-files.ts';
export type { RemoteCommit } from './workspace/sharing/remote-history.ts';
export type { SyncMetrics } from './workspace/sharing/sync-metrics.ts';
export type { SyncConfig, SyncEnableOptions } from './workspace/sharing/sync-options.ts';
export type { SyncDirection, SyncResult } from './workspace/sharing/sync-runner.ts';
export type { SyncState, SyncStatus } from './workspace/sharing/sync-status.ts';
export type {
  PullOptions,
  PushOptions,
  SyncChoice,
  SyncConflict,
  SyncResolution,
  WorkspaceSync,
} from './workspace/sharing/workspace-sync.ts';
export type { BesideStore, Storage, StoreUsage } from './workspace/storage.ts';
export type { TempWorkspace } from './workspace/temp-workspace.ts';
export type { DeletedWorkspace } from './workspace/unsaved-repository.ts';
export type { WatchOptions, WorkspaceWatch } from './workspace/watching/watch-workspace.ts';
export type { Workspace } from './workspace/workspace.ts';
export type { WorkspaceManager } from './workspace/workspace-manager.ts';
export type { WorkspaceUpdate } from './workspace/workspace-settings.ts';
