"""Every error that agentfs raises: one base class with a stable ``code``, and named subclasses.

Those that Python has a word of its own for are that as well: what says that nothing is at a path
is caught by ``except FileNotFoundError`` with or without an import of the class of this module.
"""

import builtins
import errno
from typing import TYPE_CHECKING, Any, List, Mapping, Optional, Tuple, Type

if TYPE_CHECKING:
    from .changes import Conflict
    from .commands import RunResult


class AgentFSError(Exception):
    """The base class of every error that agentfs raises on purpose.

    Attributes:
        message: What failed, on what, and why.
        code: The stable reason, such as ``"WORKSPACE_NOT_FOUND"``; go by this, not by the message.
        hint: What to do next; empty when there is nothing to say.
        path: The path that the error is about, if it is about one.
        details: What else is known, as plain data.
    """

    def __init__(
        self,
        message: str,
        *,
        code: str = "INTERNAL",
        hint: str = "",
        path: Optional[str] = None,
        details: Optional[Mapping[str, Any]] = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.hint = hint
        self.path = path
        self.details = dict(details or {})

    def __str__(self) -> str:
        return f"{self.message} {self.hint}" if self.hint else self.message

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.message!r}, code={self.code!r})"

    def __reduce__(self) -> Tuple[Any, ...]:
        return (_rebuilt, (type(self), self.message), dict(self.__dict__))


def _rebuilt(kind: Type[AgentFSError], message: str) -> AgentFSError:
    return kind(message)


class _WithConflicts(AgentFSError):
    """An error that conflicts may have caused."""

    @property
    def conflicts(self) -> "List[Conflict]":
        """The paths that both sides changed; empty when something else was wrong."""
        from .changes import Conflict

        return [Conflict.read(each) for each in self.details.get("conflicts", [])]


class FileSystemError(AgentFSError, OSError):
    """A path operation failed in the way that ``os`` would report; ``errno`` is set."""

    def __init__(self, message: str, **fields: Any) -> None:
        super().__init__(message, **fields)
        self.errno = getattr(errno, self.code, None)
        self.filename = self.path


class FileNotFoundError(FileSystemError, builtins.FileNotFoundError):
    """Nothing exists at ``path``; code ``ENOENT``."""


class FileExistsError(FileSystemError, builtins.FileExistsError):
    """Something exists at ``path`` already; code ``EEXIST``."""


class IsADirectoryError(FileSystemError, builtins.IsADirectoryError):
    """A directory is at ``path``, where a file was wanted; code ``EISDIR``."""


class NotADirectoryError(FileSystemError, builtins.NotADirectoryError):
    """Something else than a directory is on the way to ``path``; code ``ENOTDIR``."""


class InvalidArgumentError(AgentFSError, ValueError):
    """An argument has a wrong value; code ``INVALID_ARGUMENT``."""


class InvalidPathError(InvalidArgumentError):
    """A path is malformed, reserved, or leads outside the workspace; code ``INVALID_PATH``."""


class InvalidNameError(InvalidArgumentError):
    """A workspace or snapshot cannot have this name; code ``INVALID_NAME``."""


class WorkspaceNotFoundError(AgentFSError):
    """There is no workspace of this name; code ``WORKSPACE_NOT_FOUND``."""


class WorkspaceExistsError(AgentFSError):
    """There is a workspace of this name already; code ``WORKSPACE_EXISTS``."""


class WorkspaceLimitError(AgentFSError):
    """There are as many workspaces as the configuration allows; code ``WORKSPACE_LIMIT``."""


class WorkspaceBusyError(AgentFSError):
    """Another process runs a command in the workspace, or commits it; code ``WORKSPACE_BUSY``."""


class WorkspaceExpiredError(AgentFSError):
    """The workspace can only be read since it expired; code ``WORKSPACE_EXPIRED``."""


class WorkspaceDirtyError(AgentFSError):
    """The workspace has changes that are not committed; code ``WORKSPACE_DIRTY``."""


class ReadOnlyError(AgentFSError):
    """What was to be changed can only be read; code ``READ_ONLY`` or ``WORKSPACE_FROZEN``."""


class PermissionDeniedError(AgentFSError, PermissionError):
    """The workspace belongs to another agent; code ``PERMISSION_DENIED``."""


class SnapshotNotFoundError(AgentFSError):
    """There is no snapshot of this name; code ``SNAPSHOT_NOT_FOUND``."""


class SnapshotExistsError(AgentFSError):
    """The workspace has a snapshot of this name already; code ``SNAPSHOT_EXISTS``."""


class AmbiguousSnapshotError(AgentFSError):
    """Several workspaces have a snapshot of this name; code ``SNAPSHOT_AMBIGUOUS``."""


class CommitError(_WithConflicts):
    """A commit was refused, and the project left as it was; the code says why."""


class NothingToCommitError(CommitError):
    """There was nothing to commit, and ``strict`` was asked for; code ``NOTHING_TO_COMMIT``."""


class MergeConflictError(_WithConflicts):
    """A merge or rebase met conflicts and changed nothing; code ``MERGE_CONFLICT``."""


class SyncError(_WithConflicts):
    """Synchronising failed, and left the workspace as it was; the code says why."""


class SyncConflictError(SyncError):
    """Local and remote changes contradict each other; both are intact. Code ``SYNC_CONFLICT``."""


class CommandError(AgentFSError):
    """A command with ``check=True`` did not exit with status 0; code ``COMMAND_FAILED``.

    Attributes:
        result: What is known of the run; its changes are kept unless ``result.discarded``.
    """

    result: "RunResult"


class CommandTimeoutError(CommandError, TimeoutError):
    """A command with ``check=True`` ran into its timeout; code ``COMMAND_TIMEOUT``."""


class ConfigError(AgentFSError, ValueError):
    """The configuration is wrong; code ``CONFIG_INVALID``."""


class HookError(AgentFSError):
    """A hook forbade the operation; code ``HOOK_FAILED``."""


class StorageError(AgentFSError):
    """The store could not serve a request; the code says why."""


class AbortedError(AgentFSError):
    """The request was cancelled; code ``ABORTED``."""


class EngineError(AgentFSError):
    """The engine, a program of its own that this package starts, is in trouble."""


class EngineNotFoundError(EngineError):
    """The engine or Node is not installed; code ``ENGINE_NOT_FOUND``."""


class EngineDiedError(EngineError):
    """The engine ended before it had answered; code ``ENGINE_DIED``. The next call starts it."""


class DaemonUnreachableError(EngineError, builtins.ConnectionError):
    """No daemon answers at the address; code ``DAEMON_UNREACHABLE``."""
