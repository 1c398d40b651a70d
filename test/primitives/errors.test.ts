import { describe, expect, it } from 'vitest';
import {
  AgentFSError,
  AmbiguousSnapshotError,
  ConfigError,
  errorCode,
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
  wrongType,
  wrongValue,
} from '../../src/primitives/errors.ts';

describe('errors', () => {
  it.each([
    [new FileNotFoundError('a/b'), 'ENOENT', 'FileNotFoundError'],
    [new InvalidPathError('m'), 'INVALID_PATH', 'InvalidPathError'],
    [new InvalidNameError('m'), 'INVALID_NAME', 'InvalidNameError'],
    [new WorkspaceNotFoundError('w'), 'WORKSPACE_NOT_FOUND', 'WorkspaceNotFoundError'],
    [new WorkspaceExistsError('w'), 'WORKSPACE_EXISTS', 'WorkspaceExistsError'],
    [new WorkspaceLimitError(3), 'WORKSPACE_LIMIT', 'WorkspaceLimitError'],
    [new WorkspaceBusyError('m'), 'WORKSPACE_BUSY', 'WorkspaceBusyError'],
    [new WorkspaceExpiredError('w', new Date(0)), 'WORKSPACE_EXPIRED', 'WorkspaceExpiredError'],
    [new ReadOnlyError('m'), 'READ_ONLY', 'ReadOnlyError'],
    [new ReadOnlyError('m', { frozen: true }), 'WORKSPACE_FROZEN', 'ReadOnlyError'],
    [new PermissionDeniedError('m'), 'PERMISSION_DENIED', 'PermissionDeniedError'],
    [new SnapshotNotFoundError('s', 'w'), 'SNAPSHOT_NOT_FOUND', 'SnapshotNotFoundError'],
    [new SnapshotExistsError('s', 'w'), 'SNAPSHOT_EXISTS', 'SnapshotExistsError'],
    [new AmbiguousSnapshotError('s', ['a', 'b']), 'SNAPSHOT_AMBIGUOUS', 'AmbiguousSnapshotError'],
    [new StorageError('STORE_FULL', 'm'), 'STORE_FULL', 'StorageError'],
    [new ConfigError('m'), 'CONFIG_INVALID', 'ConfigError'],
    [new HookError('m'), 'HOOK_FAILED', 'HookError'],
  ])('%s has the code %s and its own name', (error, code, name) => {
    expect(error).toBeInstanceOf(AgentFSError);
    expect(error).toBeInstanceOf(Error);
    expect(error.code).toBe(code);
    expect(errorCode(error)).toBe(code);
    expect(error.name).toBe(name);
    expect(error.stack).toContain(name);
  });

  it('read like those of node:fs where a file is missing', () => {
    const error = new FileNotFoundError('a/b');
    expect(error).toBeInstanceOf(FileSystemError);
    expect(error.message).toBe("ENOENT: no such file or directory, 'a/b'");
    expect(error.path).toBe('a/b');
  });

  it('become plain data without stack and cause, and without fields that are not set', () => {
    const cause = new Error('secret');
    const full = new AgentFSError('EINVAL', 'm', {
      path: 'p',
      hint: 'h',
      details: { n: 1 },
      cause,
    });
    expect(full.cause).toBe(cause);
    expect(JSON.parse(JSON.stringify(full))).toEqual({
      name: 'AgentFSError',
      code: 'EINVAL',
      message: 'm',
      path: 'p',
      hint: 'h',
      details: { n: 1 },
    });
    const bare = new AgentFSError('EINVAL', 'm');
    expect('cause' in bare).toBe(false);
    expect(bare.toJSON()).toEqual({ name: 'AgentFSError', code: 'EINVAL', message: 'm' });
  });

  it('say which snapshot of which workspace is missing', () => {
    expect(new SnapshotNotFoundError('s', 'w').message).toBe(
      "There is no snapshot 's' in workspace 'w'.",
    );
    expect(new SnapshotNotFoundError('s').message).toBe("There is no snapshot 's'.");
    expect(new SnapshotNotFoundError('s', 'w')).toMatchObject({ snapshot: 's', workspace: 'w' });
  });
});

describe('errors of arguments', () => {
  it.each([
    ['x'.repeat(200), `"${'x'.repeat(80)}"`],
    [5, '5'],
    [null, 'null'],
    [undefined, 'undefined'],
    [5n, '5'],
    [Symbol('s'), 'Symbol(s)'],
    [() => 1, 'a function'],
    [[1], 'an array'],
    [new Date(), 'an object of Date'],
    [Object.create(null), 'an object of no class'],
  ])('describe %o', (value, text) => {
    const error = wrongType('size', 'a number', value);
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toBe(`size must be a number, not ${text}.`);
    expect(errorCode(error)).toBe('INVALID_ARGUMENT');
    expect(wrongValue('size', 'a number', value)).toBeInstanceOf(RangeError);
  });
});

describe('errorCode', () => {
  it.each([
    [{ code: 'X' }, 'X'],
    [{ code: 5 }, undefined],
    [{}, undefined],
    [null, undefined],
    ['code', undefined],
    [undefined, undefined],
  ])('of %o is %s', (error, code) => {
    expect(errorCode(error)).toBe(code);
  });
});
