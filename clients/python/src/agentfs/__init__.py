"""Private copies of a project directory for AI agents: to change, compare, undo and bring home.

from agentfs import AgentFS

with AgentFS("/path/to/project") as afs:
    workspace = afs.workspace.create("my-workspace")
    print(workspace.run("echo Hello from AgentFS").stdout)
    workspace.commit("Initial setup")
"""

from ._async.agentfs import AsyncAgentFS
from ._async.held import AsyncProcess, AsyncSession, AsyncWatch
from ._async.workspace import AsyncWorkspace
from ._sync.agentfs import AgentFS
from ._sync.held import Process, Session, Watch
from ._sync.workspace import Workspace
from .batch import Batch
from .changes import (
    Change,
    ChangeNotice,
    Conflict,
    Diff,
    DiffStats,
    FileVersion,
    Imported,
    MergeCheck,
    RenamedFile,
    Status,
    StatusFile,
)
from .commands import Checkpoint, Ignored, Limits, RunResult, RunWarning
from .config import Config
from .errors import (
    AbortedError,
    AgentFSError,
    AmbiguousSnapshotError,
    CommandError,
    CommandTimeoutError,
    CommitError,
    ConfigError,
    DaemonUnreachableError,
    EngineDiedError,
    EngineError,
    EngineNotFoundError,
    FileExistsError,
    FileNotFoundError,
    FileSystemError,
    HookError,
    InvalidArgumentError,
    InvalidNameError,
    InvalidPathError,
    IsADirectoryError,
    MergeConflictError,
    NotADirectoryError,
    NothingToCommitError,
    PermissionDeniedError,
    ReadOnlyError,
    SnapshotExistsError,
    SnapshotNotFoundError,
    StorageError,
    SyncConflictError,
    SyncError,
    WorkspaceBusyError,
    WorkspaceDirtyError,
    WorkspaceExistsError,
    WorkspaceExpiredError,
    WorkspaceLimitError,
    WorkspaceNotFoundError,
)
from .exploration import Candidate, Exploration
from .file_streams import AsyncFile
from .files import BatchResult, BatchSummary, FileInfo, Match, Tree, TreeNode
from .history import (
    Author,
    CommitResult,
    MergeResult,
    RestoreResult,
    Snapshot,
    Step,
    UndoResult,
)
from .hooks import Hooks
from .output import AsyncRunStream, RunStream
from .reports import (
    Adoption,
    AuditDetails,
    AuditEntry,
    AuditVerdict,
    Event,
    SyncMetrics,
    SyncResult,
    SyncStatus,
)
from .state import WorkspaceInfo

__version__ = "0.1.0"

__all__ = [
    "AbortedError",
    "Adoption",
    "AgentFS",
    "AgentFSError",
    "AmbiguousSnapshotError",
    "AsyncAgentFS",
    "AsyncFile",
    "AsyncProcess",
    "AsyncRunStream",
    "AsyncSession",
    "AsyncWatch",
    "AsyncWorkspace",
    "AuditDetails",
    "AuditEntry",
    "AuditVerdict",
    "Author",
    "Batch",
    "BatchResult",
    "BatchSummary",
    "Candidate",
    "Change",
    "ChangeNotice",
    "Checkpoint",
    "CommandError",
    "CommandTimeoutError",
    "CommitError",
    "CommitResult",
    "Config",
    "ConfigError",
    "Conflict",
    "DaemonUnreachableError",
    "Diff",
    "DiffStats",
    "EngineDiedError",
    "EngineError",
    "EngineNotFoundError",
    "Event",
    "Exploration",
    "FileExistsError",
    "FileInfo",
    "FileNotFoundError",
    "FileSystemError",
    "FileVersion",
    "HookError",
    "Hooks",
    "Ignored",
    "Imported",
    "InvalidArgumentError",
    "InvalidNameError",
    "InvalidPathError",
    "IsADirectoryError",
    "Limits",
    "Match",
    "MergeCheck",
    "MergeConflictError",
    "MergeResult",
    "NotADirectoryError",
    "NothingToCommitError",
    "PermissionDeniedError",
    "Process",
    "ReadOnlyError",
    "RenamedFile",
    "RestoreResult",
    "RunResult",
    "RunStream",
    "RunWarning",
    "Session",
    "Snapshot",
    "SnapshotExistsError",
    "SnapshotNotFoundError",
    "Status",
    "StatusFile",
    "Step",
    "StorageError",
    "SyncConflictError",
    "SyncError",
    "SyncMetrics",
    "SyncResult",
    "SyncStatus",
    "Tree",
    "TreeNode",
    "UndoResult",
    "Watch",
    "Workspace",
    "WorkspaceBusyError",
    "WorkspaceDirtyError",
    "WorkspaceExistsError",
    "WorkspaceExpiredError",
    "WorkspaceInfo",
    "WorkspaceLimitError",
    "WorkspaceNotFoundError",
]
