"""Names for states, and the steps between them: snapshots, commits, operations, merges."""

from dataclasses import dataclass
from datetime import datetime
from typing import Iterator, List, Optional

from ._record import Record, list_of, time_of, told
from .changes import Change, Conflict


@dataclass(eq=False, repr=False)
class Snapshot(Record):
    """A state of a workspace that has a name.

    Attributes:
        created_at: When it was taken, in UTC.
        file_count: Files in it.
        size: Bytes of all of them.
        parent: The snapshot before it; None for the first.
        tree: Equal trees have equal ids.
    """

    name: str
    id: str
    workspace: str
    created_at: datetime = told(time_of)
    description: str = ""
    tags: List[str] = told(default=[])
    file_count: int = 0
    size: int = 0
    parent: Optional[str] = None
    tree: str = ""


@dataclass(eq=False, repr=False)
class RestoreResult(Record):
    """What a restore went back to, and the snapshot of the state before, if one was taken."""

    snapshot: Snapshot = told(Snapshot.read)
    backup: Optional[str] = None
    operation_id: int = 0


@dataclass(eq=False, repr=False)
class Author(Record):
    """Who made a commit."""

    name: str
    email: str = ""

    def __str__(self) -> str:
        return f"{self.name} <{self.email}>" if self.email else self.name


@dataclass(eq=False, repr=False)
class CommitResult(Record):
    """A commit into the project; false, and of length 0, when there was nothing to commit.

    Attributes:
        hash: Its id; None when there was nothing to commit.
        workspace: Where it came from; empty for a revert.
        reverts: The commit that it takes back.
        merged: Paths that were merged line by line with changes of the project.
        conflicts: Those that were settled, each with the side that it ``took``.
        changes: By path; the first 1,000.
        change_count: All of them.
    """

    message: str
    hash: Optional[str] = told(wire="id")
    parent: Optional[str] = None
    author: Optional[Author] = told(Author.read)
    workspace: str = ""
    created_at: Optional[datetime] = told(time_of)
    reverts: Optional[str] = None
    merged: List[str] = told(default=[])
    conflicts: List[Conflict] = list_of(Conflict)
    warnings: List[str] = told(default=[])
    changes: List[Change] = list_of(Change)
    change_count: int = 0

    @property
    def id(self) -> Optional[str]:
        """The same as ``hash``."""
        return self.hash

    def __len__(self) -> int:
        return self.change_count

    def __bool__(self) -> bool:
        return self.hash is not None

    def __iter__(self) -> Iterator[Change]:
        return iter(self.changes)


@dataclass(eq=False, repr=False)
class Step(Record):
    """An operation of a workspace that undo and redo go through."""

    id: int
    kind: str
    summary: str
    created_at: datetime = told(time_of)
    undone: bool = False


@dataclass(eq=False, repr=False)
class UndoResult(Record):
    """The step that was taken back or made again, and what that has changed."""

    operation: Step = told(Step.read)
    changes: List[Change] = list_of(Change)
    change_count: int = 0


@dataclass(eq=False, repr=False)
class MergeResult(Record):
    """What came into a workspace.

    Attributes:
        merged: Paths that were merged line by line.
        conflicts: Those that were settled, each with the side that it ``took``.
        operation_id: The step that ``undo`` takes back; 0 when nothing changed.
    """

    changes: List[Change] = list_of(Change)
    change_count: int = 0
    merged: List[str] = told(default=[])
    conflicts: List[Conflict] = list_of(Conflict)
    operation_id: int = 0
