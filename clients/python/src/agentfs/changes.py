"""What has changed: between two trees, in a workspace, on both sides of a merge."""

from dataclasses import dataclass
from datetime import datetime
from typing import Iterator, List, Optional

from ._record import Record, list_of, time_of, told


@dataclass(eq=False, repr=False)
class FileVersion(Record):
    """What was at a path: kind, SHA-256 of the content, bytes, permission bits."""

    kind: str
    hash: str
    size: int
    mode: int
    mtime: Optional[datetime] = told(time_of)


@dataclass(eq=False, repr=False)
class Change(Record):
    """A path that differs.

    Attributes:
        type: ``added``, ``modified``, ``deleted``, ``renamed`` or ``mode``.
        path: Relative to the root of the workspace.
        old_path: Where a renamed file was before.
        kind: ``file``, ``directory`` or ``symlink``.
        lines_added: Of text; None for what has no lines.
    """

    type: str
    path: str
    kind: str
    old_path: Optional[str] = told(wire="from")
    before: Optional[FileVersion] = told(FileVersion.read)
    after: Optional[FileVersion] = told(FileVersion.read)
    binary: bool = False
    lines_added: Optional[int] = None
    lines_removed: Optional[int] = None


@dataclass(eq=False, repr=False)
class DiffStats(Record):
    """How much differs: files, and lines on either side."""

    files: int
    insertions: int
    deletions: int


@dataclass(eq=False, repr=False)
class Diff(Record):
    """A comparison of two trees; iterating it gives its changes.

    Attributes:
        text: A patch for ``git apply``; with ``stat`` a summary, with ``name_only`` the paths.
        changes: By path; the first 1,000.
        change_count: All of them, also those that are not listed.
    """

    text: str
    stats: DiffStats = told(DiffStats.read)
    changes: List[Change] = list_of(Change)
    change_count: int = 0

    def __iter__(self) -> Iterator[Change]:
        return iter(self.changes)

    def __len__(self) -> int:
        return self.change_count

    def __bool__(self) -> bool:
        return self.change_count > 0

    def __str__(self) -> str:
        return self.text


@dataclass(eq=False, repr=False)
class Conflict(Record):
    """A path on which two sides disagree.

    Attributes:
        type: ``both-modified``, ``both-added``, ``local-delete``, ``remote-delete`` or
            ``file-directory``.
        took: Once it is settled: ``ours``, ``theirs``, ``markers``, or ``content`` for what was
            given in place of both.
        hunks: In how many places of the file; None where it is about all of it.
    """

    path: str
    type: str
    took: Optional[str] = None
    hunks: Optional[int] = None
    base: Optional[FileVersion] = told(FileVersion.read)
    local: Optional[FileVersion] = told(FileVersion.read)
    remote: Optional[FileVersion] = told(FileVersion.read)


@dataclass(eq=False, repr=False)
class ChangeNotice(Record):
    """Something that has just changed in a workspace.

    Attributes:
        type: ``added``, ``modified``, ``deleted``, ``renamed`` or ``mode``.
        path: Empty when there were too many: anything may have changed.
        source: ``workspace`` when it was made in the store, ``directory`` for files of a command.
    """

    type: str
    path: str
    source: str
    old_path: Optional[str] = told(wire="from")


@dataclass(eq=False, repr=False)
class Imported(Record):
    """What an archive has changed."""

    changes: List[Change] = list_of(Change)
    change_count: int = 0


@dataclass(eq=False, repr=False)
class Clash(Record):
    """Two workspaces that contradict each other."""

    first: str
    second: str
    conflicts: List[Conflict] = list_of(Conflict)


@dataclass(eq=False, repr=False)
class LeftOut(Record):
    """A workspace that cannot land after those before it."""

    workspace: str
    conflicts: List[Conflict] = list_of(Conflict)


@dataclass(eq=False, repr=False)
class MergeCheck(Record):
    """Which workspaces contradict each other, and in which order all others can land."""

    clashes: List[Clash] = list_of(Clash)
    order: List[str] = told(default=[])
    left: List[LeftOut] = list_of(LeftOut)


@dataclass(eq=False, repr=False)
class StatusFile(Record):
    """A file that a workspace has changed; of a deleted one, what it was."""

    path: str
    size: int
    mode: int


@dataclass(eq=False, repr=False)
class RenamedFile(Record):
    """A file that a workspace has renamed."""

    path: str
    old_path: str = told(wire="from", default="")


@dataclass(eq=False, repr=False)
class Status(Record):
    """What a workspace has changed since its fork.

    Attributes:
        has_changes: Whether there is anything to commit.
        ignored: Paths that are not versioned; empty unless they were asked for.
        conflicts: Paths that the project has changed too, in ways that cannot be merged.
        behind: Changes of the project since the fork.
    """

    modified: List[StatusFile] = list_of(StatusFile)
    added: List[StatusFile] = list_of(StatusFile)
    deleted: List[StatusFile] = list_of(StatusFile)
    renamed: List[RenamedFile] = list_of(RenamedFile)
    has_changes: bool = False
    ignored: List[str] = told(default=[])
    conflicts: List[str] = told(default=[])
    behind: int = 0
