/**
 * Every error that agentfs throws: one base class with a stable `code`, and the named subclasses
 * of the public interface. Nothing here knows how an error came about.
 */

import type { ErrorCode } from './error-code.ts';

/** What every {@link AgentFSError} may carry besides its message. */
export interface ErrorFields {
  /** The path, in the workspace or on disk, that the error is about. */
  readonly path?: string | undefined;
  /** What to do next, as an imperative sentence. */
  readonly hint?: string | undefined;
  /** Plain data for programs. */
  readonly details?: Readonly<Record<string, unknown>> | undefined;
  /** The error underneath. */
  readonly cause?: unknown;
}

/** The base class of every error that agentfs throws on purpose. */
export class AgentFSError extends Error {
  /** The stable reason; switch on this, never on the message. */
  readonly code: ErrorCode;
  /** The path that the error is about, if it is about one. */
  readonly path: string | undefined;
  /** What to do next. */
  readonly hint: string | undefined;
  /** Plain data for programs. */
  readonly details: Readonly<Record<string, unknown>> | undefined;

  constructor(code: ErrorCode, message: string, fields: ErrorFields = {}) {
    super(message, fields.cause === undefined ? undefined : { cause: fields.cause });
    this.name = new.target.name;
    this.code = code;
    this.path = fields.path;
    this.hint = fields.hint;
    this.details = fields.details;
  }

  /** The error as plain data, without its stack and cause. */
  toJSON(): Record<string, unknown> {
    const json: Record<string, unknown> = {
      name: this.name,
      code: this.code,
      message: this.message,
    };
    if (this.path !== undefined) json['path'] = this.path;
    if (this.hint !== undefined) json['hint'] = this.hint;
    if (this.details !== undefined) json['details'] = this.details;
    return json;
  }
}

/** A path operation failed in the way that node:fs would report with the same code. */
export class FileSystemError extends AgentFSError {}

/** Nothing exists at `path`; code `ENOENT`. */
export class FileNotFoundError extends FileSystemError {
  constructor(path: string, fields: ErrorFields = {}) {
    super('ENOENT', `ENOENT: no such file or directory, '${path}'`, {
      hint: 'Check the path with listDir() on its parent.',
      ...fields,
      path,
    });
  }
}

/** A path is malformed, reserved, or leads outside the workspace; code `INVALID_PATH`. */
export class InvalidPathError extends AgentFSError {
  constructor(message: string, fields: ErrorFields = {}) {
    super('INVALID_PATH', message, fields);
  }
}

/** A workspace or snapshot name is not allowed; code `INVALID_NAME`. */
export class InvalidNameError extends AgentFSError {
  constructor(message: string, fields: ErrorFields = {}) {
    super('INVALID_NAME', message, fields);
  }
}

/** No workspace is called `workspace`; code `WORKSPACE_NOT_FOUND`. */
export class WorkspaceNotFoundError extends AgentFSError {
  /** The name that was looked for. */
  readonly workspace: string;

  constructor(workspace: string, fields: ErrorFields = {}) {
    super('WORKSPACE_NOT_FOUND', `There is no workspace '${workspace}'.`, {
      hint: 'List the workspaces, or create one with this name.',
      ...fields,
    });
    this.workspace = workspace;
  }
}

/** A workspace called `workspace` exists already; code `WORKSPACE_EXISTS`. */
export class WorkspaceExistsError extends AgentFSError {
  /** The name that is taken. */
  readonly workspace: string;

  constructor(workspace: string, fields: ErrorFields = {}) {
    super('WORKSPACE_EXISTS', `A workspace '${workspace}' exists already.`, {
      hint: 'Choose another name, or get the existing workspace.',
      ...fields,
    });
    this.workspace = workspace;
  }
}

/** The configured number of workspaces is reached; code `WORKSPACE_LIMIT`. */
export class WorkspaceLimitError extends AgentFSError {
  /** @param setting - the one that says so. */
  constructor(limit: number, setting: string = 'core.max_workspaces') {
    const whose = setting.startsWith('serve.') ? ' of sessions' : '';
    super('WORKSPACE_LIMIT', `The limit of ${limit} workspaces${whose} is reached.`, {
      hint: `Delete one, or raise the setting ${setting} (0: no limit).`,
      details: { limit, setting },
    });
  }
}

/** Another run or commit holds the workspace; code `WORKSPACE_BUSY`. */
export class WorkspaceBusyError extends AgentFSError {
  constructor(message: string, fields: ErrorFields = {}) {
    super('WORKSPACE_BUSY', message, {
      hint: 'Wait for the other process to finish, then try again.',
      ...fields,
    });
  }
}

/** The workspace has expired; code `WORKSPACE_EXPIRED`. */
export class WorkspaceExpiredError extends AgentFSError {
  constructor(workspace: string, expires: Date) {
    super('WORKSPACE_EXPIRED', `Workspace '${workspace}' expired at ${expires.toISOString()}.`, {
      hint: 'Set a later expires date with update(), or fork the workspace.',
      details: { workspace, expires: expires.toISOString() },
    });
  }
}

/** The workspace cannot be changed; code `READ_ONLY` or `WORKSPACE_FROZEN`. */
export class ReadOnlyError extends AgentFSError {
  constructor(message: string, fields: ErrorFields & { readonly frozen?: boolean } = {}) {
    super(fields.frozen === true ? 'WORKSPACE_FROZEN' : 'READ_ONLY', message, fields);
  }
}

/** The workspace belongs to another agent; code `PERMISSION_DENIED`. */
export class PermissionDeniedError extends AgentFSError {
  constructor(message: string, fields: ErrorFields = {}) {
    super('PERMISSION_DENIED', message, fields);
  }
}

/** No snapshot is called `snapshot`; code `SNAPSHOT_NOT_FOUND`. */
export class SnapshotNotFoundError extends AgentFSError {
  /** The name that was looked for. */
  readonly snapshot: string;
  /** The workspace that was searched; undefined when all were. */
  readonly workspace: string | undefined;

  constructor(snapshot: string, workspace?: string, fields: ErrorFields = {}) {
    const where = workspace === undefined ? '' : ` in workspace '${workspace}'`;
    super('SNAPSHOT_NOT_FOUND', `There is no snapshot '${snapshot}'${where}.`, {
      hint: 'List the snapshots of the workspace.',
      ...fields,
    });
    this.snapshot = snapshot;
    this.workspace = workspace;
  }
}

/** The workspace has a snapshot of this name already; code `SNAPSHOT_EXISTS`. */
export class SnapshotExistsError extends AgentFSError {
  constructor(snapshot: string, workspace: string) {
    super('SNAPSHOT_EXISTS', `Workspace '${workspace}' has a snapshot '${snapshot}' already.`, {
      hint: 'Choose another name, or delete the old snapshot first.',
      details: { snapshot, workspace },
    });
  }
}

/** Several workspaces have a snapshot of this name; code `SNAPSHOT_AMBIGUOUS`. */
export class AmbiguousSnapshotError extends AgentFSError {
  constructor(snapshot: string, workspaces: readonly string[]) {
    super(
      'SNAPSHOT_AMBIGUOUS',
      `Snapshot '${snapshot}' exists in several workspaces: ${workspaces.join(', ')}.`,
      {
        hint: `Name it as 'workspace/${snapshot}'.`,
        details: { snapshot, workspaces },
      },
    );
  }
}

/** The store could not serve a request; the code says why. */
export class StorageError extends AgentFSError {}

/**
 * A tar archive cannot be taken in; code `ARCHIVE_INVALID` when it cannot be read, `ARCHIVE_REFUSED`
 * when it holds something that no workspace may. `path` is the entry's name in the archive.
 */
export class ArchiveError extends AgentFSError {}

/** The configuration is wrong; code `CONFIG_INVALID`. */
export class ConfigError extends AgentFSError {
  constructor(message: string, fields: ErrorFields = {}) {
    super('CONFIG_INVALID', message, fields);
  }
}

/** A hook vetoed the operation; code `HOOK_FAILED`. */
export class HookError extends AgentFSError {
  constructor(message: string, fields: ErrorFields = {}) {
    super('HOOK_FAILED', message, fields);
  }
}

/**
 * A `TypeError` that names the argument, what it should be and what it was.
 * Its `code` is `INVALID_ARGUMENT`.
 */
export function wrongType(name: string, expected: string, value: unknown): TypeError {
  const error = new TypeError(`${name} must be ${expected}, not ${describeValue(value)}.`);
  return withCode(error, name, expected);
}

/** A `RangeError` that names the argument and the values it may have; code `INVALID_ARGUMENT`. */
export function wrongValue(name: string, expected: string, value: unknown): RangeError {
  const error = new RangeError(`${name} must be ${expected}, not ${describeValue(value)}.`);
  return withCode(error, name, expected);
}

/** A `TypeError` for an option that does not exist; code `INVALID_ARGUMENT`. */
export function unknownName(name: string, given: string, meant: string | undefined): TypeError {
  const code: ErrorCode = 'INVALID_ARGUMENT';
  const error = new TypeError(`${name} has no ${JSON.stringify(given.slice(0, 80))}.`);
  const hint = meant === undefined ? 'Leave it out.' : `Did you mean ${meant}?`;
  return Object.assign(error, { code, hint });
}

function withCode<E extends Error>(error: E, name: string, expected: string): E {
  const code: ErrorCode = 'INVALID_ARGUMENT';
  return Object.assign(error, { code, hint: `Give ${expected} as ${name}.` });
}

/** The `code` of any error, or undefined. */
export function errorCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

function describeValue(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 80));
  if (typeof value === 'function') return 'a function';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object' && value !== null) {
    return `an object of ${value.constructor?.name ?? 'no class'}`;
  }
  return String(value);
}
