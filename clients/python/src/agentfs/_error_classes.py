"""Which class of error a code of the engine stands for."""

from typing import Any, Dict, Mapping, Type

from . import errors

_BY_CODE: Dict[str, Type[errors.AgentFSError]] = {
    "ENOENT": errors.FileNotFoundError,
    "EEXIST": errors.FileExistsError,
    "EISDIR": errors.IsADirectoryError,
    "ENOTDIR": errors.NotADirectoryError,
    "ENOTEMPTY": errors.FileSystemError,
    "EACCES": errors.FileSystemError,
    "ELOOP": errors.FileSystemError,
    "EINVAL": errors.FileSystemError,
    "EFBIG": errors.FileSystemError,
    "INVALID_ARGUMENT": errors.InvalidArgumentError,
    "INVALID_PATTERN": errors.InvalidArgumentError,
    "INVALID_PATH": errors.InvalidPathError,
    "INVALID_NAME": errors.InvalidNameError,
    "WORKSPACE_NOT_FOUND": errors.WorkspaceNotFoundError,
    "WORKSPACE_EXISTS": errors.WorkspaceExistsError,
    "WORKSPACE_LIMIT": errors.WorkspaceLimitError,
    "WORKSPACE_BUSY": errors.WorkspaceBusyError,
    "WORKSPACE_EXPIRED": errors.WorkspaceExpiredError,
    "WORKSPACE_DIRTY": errors.WorkspaceDirtyError,
    "WORKSPACE_FROZEN": errors.ReadOnlyError,
    "READ_ONLY": errors.ReadOnlyError,
    "PERMISSION_DENIED": errors.PermissionDeniedError,
    "SNAPSHOT_NOT_FOUND": errors.SnapshotNotFoundError,
    "SNAPSHOT_EXISTS": errors.SnapshotExistsError,
    "SNAPSHOT_AMBIGUOUS": errors.AmbiguousSnapshotError,
    "NOTHING_TO_COMMIT": errors.NothingToCommitError,
    "CONFLICT": errors.CommitError,
    "BLANK_MESSAGE": errors.CommitError,
    "OUTSIDE_SYMLINK": errors.CommitError,
    "NAME_COLLISION": errors.CommitError,
    "MERGE_CONFLICT": errors.MergeConflictError,
    "SYNC_CONFLICT": errors.SyncConflictError,
    "CONFIG_INVALID": errors.ConfigError,
    "HOOK_FAILED": errors.HookError,
    "ABORTED": errors.AbortedError,
}

_OF_STORAGE = ("STORE_", "OBJECT_", "SCHEMA_", "DRIVER_")
_OF_SYNC = ("SYNC_", "REMOTE_", "UNRELATED")


def error_of(message: str, data: Mapping[str, Any], method: str = "") -> errors.AgentFSError:
    """Makes the error that the engine tells of.

    Args:
        message: What the engine says.
        data: ``code``, ``hint`` and ``details`` of it.
        method: The operation that failed.
    """
    code = str(data.get("code", "INTERNAL"))
    details = data.get("details") or {}
    path = data.get("path", details.get("path"))
    kind = _BY_CODE.get(code) or _kind_by_family(code, method)
    return kind(message, code=code, hint=data.get("hint") or "", path=path, details=details)


def _kind_by_family(code: str, method: str) -> Type[errors.AgentFSError]:
    if code.startswith(_OF_SYNC):
        return errors.SyncError
    if code.startswith(_OF_STORAGE):
        return errors.StorageError
    return errors.SyncError if method.startswith("sync.") else errors.AgentFSError
