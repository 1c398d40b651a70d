"""What is known about the past and the state of a store: audit entries, syncs, measurements."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Dict, List, Optional

from ._record import Record, list_of, snake_keys, time_of, told
from .changes import Change, Conflict


@dataclass(eq=False, repr=False)
class AuditDetails(Record):
    """What happened to the content of a file: bytes and ``sha256:...`` before and after."""

    size_before: Optional[int] = None
    size_after: Optional[int] = None
    checksum_before: Optional[str] = None
    checksum_after: Optional[str] = None


@dataclass(eq=False, repr=False)
class AuditEntry(Record):
    """Something that happened.

    Attributes:
        timestamp: In UTC.
        operation: ``create``, ``write``, ``delete``, ``rename``, ``run``, ``commit`` ...
        path: Empty for what is about no path.
        metadata: What else is known, by operation.
    """

    id: int
    timestamp: datetime = told(time_of)
    operation: str = ""
    path: str = ""
    details: Optional[AuditDetails] = told(AuditDetails.read)
    workspace_id: str = ""
    workspace_name: str = ""
    agent_id: str = ""
    session_id: str = ""
    command_id: str = ""
    metadata: Dict[str, Any] = told(snake_keys)


@dataclass(eq=False, repr=False)
class AuditVerdict(Record):
    """Whether the log is whole; ``problem`` says what is wrong from ``first_bad_id`` on."""

    ok: bool
    rows: int
    head: str
    first_bad_id: Optional[int] = None
    problem: Optional[str] = None


@dataclass(eq=False, repr=False)
class SyncStatus(Record):
    """How far a workspace and its database are apart, as far as is known here.

    Attributes:
        state: ``disabled``, ``synced``, ``pending``, ``syncing``, ``conflict``, ``offline`` or
            ``error``.
        last_sync: When that was, in UTC; None before the first time.
        pending_changes: Paths that were not pushed yet.
    """

    state: str
    mode: str
    remote_url: Optional[str] = None
    last_sync: Optional[datetime] = told(time_of)
    pending_changes: int = 0
    pending_conflicts: int = 0
    remote_revision: int = 0
    last_error: Optional[str] = None


@dataclass(eq=False, repr=False)
class SyncResult(Record):
    """What a push or pull did.

    Attributes:
        version: The revision of the database that is the same as the workspace now.
        changes: That came in with a pull, or went out with a push.
        objects: That were transferred, of ``bytes`` bytes.
    """

    direction: str
    version: int
    up_to_date: bool = False
    changes: List[Change] = list_of(Change)
    change_count: int = 0
    merged: List[str] = told(default=[])
    conflicts: List[Conflict] = list_of(Conflict)
    objects: int = 0
    bytes: int = 0
    duration_ms: float = 0.0


@dataclass(eq=False, repr=False)
class SyncMetrics(Record):
    """What syncs have cost so far."""

    operations: int
    failures: int
    objects: int
    bytes: int
    mean_latency_ms: float = 0.0
    conflicts_resolved: int = 0


@dataclass(eq=False, repr=False)
class RemoteDamage(Record):
    """An object of a database that is missing or not what its id says."""

    id: str
    code: str
    problem: str


@dataclass(eq=False, repr=False)
class RemoteVerdict(Record):
    """Whether a database holds all that its newest revision needs."""

    ok: bool
    objects: int
    bytes: int
    damaged: List[RemoteDamage] = list_of(RemoteDamage)


@dataclass(eq=False, repr=False)
class StorageUsage(Record):
    """The room that a store takes up, in bytes; ``reclaimable`` and ``objects`` as plain data."""

    database_bytes: int
    wal_bytes: int
    free_bytes: int
    workspaces: int
    snapshots: int
    objects: List[Dict[str, Any]] = told(snake_keys, default=[])
    reclaimable: Dict[str, int] = told(snake_keys)


@dataclass(eq=False, repr=False)
class Collected(Record):
    """What a garbage collection has removed, or would remove."""

    objects: int
    bytes: int
    dry_run: bool = False
    rows: Dict[str, int] = told(snake_keys)
    checkouts: Dict[str, int] = told(snake_keys)
    work_directories: int = 0


@dataclass(eq=False, repr=False)
class Compacted(Record):
    """What compacting has done; sizes are in bytes."""

    bytes_before: int
    bytes_after: int
    compressed_objects: int = 0
    compressed_bytes: int = 0


@dataclass(eq=False, repr=False)
class LargePath(Record):
    """What takes up room: bytes, and of a directory how many files; ``owner`` as plain data."""

    path: str
    size: int
    files: int = 1
    owner: Any = told(snake_keys)


@dataclass(eq=False, repr=False)
class StorageAnalysis(Record):
    """What the room of a store goes to, and what sharing and compressing save; in bytes."""

    largest_files: List[LargePath] = list_of(LargePath)
    largest_directories: List[LargePath] = list_of(LargePath)
    logical_bytes: int = 0
    content_bytes: int = 0
    stored_bytes: int = 0
    dedup_ratio: float = 1.0
    compression_ratio: float = 1.0


@dataclass(eq=False, repr=False)
class ProfileInfo(Record):
    """A profile of isolation: whether it can be had, what it keeps commands from, or why not."""

    profile: str
    available: bool
    isolation: Optional[Dict[str, Any]] = told(snake_keys)
    reason: Optional[str] = None


@dataclass(eq=False, repr=False)
class StrategyInfo(Record):
    """A way to run commands, ``overlay`` or ``directory``, and its profiles."""

    name: str
    profiles: List[ProfileInfo] = list_of(ProfileInfo)


@dataclass(eq=False, repr=False)
class VerifyReport(Record):
    """Whether a store is whole; ``damage`` says what is not, and which files that hits."""

    ok: bool
    objects: int
    bytes: int
    damage: List[Dict[str, Any]] = told(snake_keys, default=[])
    damage_count: int = 0
    audit_rows: int = 0


@dataclass(eq=False, repr=False)
class Adoption(Record):
    """What a store that came along with its project has brought; plain data, names in snake_case.

    Attributes:
        adopted: Whether it is the user's own now.
        lasts: Whether other processes will know of it.
        settings: Isolation and bounds of its workspaces.
        remotes: Where its workspaces would be shared, and where the secrets for that come from.
        commits: Those that were interrupted, and what becomes of them.
    """

    adopted: bool
    lasts: bool
    settings: List[Dict[str, Any]] = told(snake_keys, default=[])
    remotes: List[Dict[str, Any]] = told(snake_keys, default=[])
    commits: List[Dict[str, Any]] = told(snake_keys, default=[])


@dataclass(eq=False, repr=False)
class Finding(Record):
    """Something that an accident has left: ``severity`` is ``info``, ``warning`` or ``error``."""

    code: str
    severity: str
    message: str
    hint: str


@dataclass(eq=False, repr=False)
class Event(Record):
    """Something that the engine tells of.

    Attributes:
        name: Such as ``change`` or ``snapshot_create``.
        workspace: The name of the workspace that it is about, if it is about one.
        data: What is known, as plain data with names in snake_case.
    """

    name: str
    workspace: Optional[str]
    data: Dict[str, Any]
