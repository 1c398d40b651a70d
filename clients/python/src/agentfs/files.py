"""Files of a workspace, and what is found in them."""

import os
import stat as bits
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Callable, Iterator, List, Optional, Union

from ._record import Record, time_of, told

PathLike = Union[str, "os.PathLike[str]"]


def path_text(path: PathLike) -> str:
    """A path as the engine takes it; ``/src/a`` and ``src/a`` are the same."""
    if isinstance(path, str):
        return path
    # As pathlib has it, which takes a while to import: whoever has such a path has done that.
    as_posix: Callable[[], str] = getattr(path, "as_posix", path.__fspath__)
    return as_posix()


@dataclass(eq=False, repr=False)
class FileInfo(Record):
    """What is at a path.

    Attributes:
        name: The last part of the path.
        kind: ``file``, ``directory`` or ``symlink``.
        size: Bytes.
        mode: Permission bits.
        mtime: When it was changed, in UTC.
        origin: ``workspace``, or ``ignored`` for what is not versioned.
        hash: SHA-256 of the content; None for directories and ignored files.
        target: Where a link leads.
    """

    name: str
    path: str
    kind: str
    size: int
    mode: int
    mtime: datetime = told(time_of)
    origin: str = "workspace"
    hash: Optional[str] = None
    target: Optional[str] = None

    def is_file(self) -> bool:
        """Whether it is a regular file."""
        return self.kind == "file"

    def is_dir(self) -> bool:
        """Whether it is a directory."""
        return self.kind == "directory"

    def is_symlink(self) -> bool:
        """Whether it is a symbolic link."""
        return self.kind == "symlink"

    @property
    def permissions(self) -> int:
        """The permission bits alone."""
        return bits.S_IMODE(self.mode)

    def __fspath__(self) -> str:
        return "/" + self.path.lstrip("/")


@dataclass(eq=False, repr=False)
class TreeNode(Record):
    """A name in a directory, and of a directory what is in it."""

    name: str
    kind: str
    children: Optional[List["TreeNode"]] = told(
        lambda nodes: [TreeNode.read(each) for each in nodes]
    )


@dataclass(eq=False, repr=False)
class Tree(Record):
    """All below a directory.

    Attributes:
        total: Files, links and directories, also those that are left out.
        truncated: Whether there is more than ``limit`` allows.
    """

    nodes: List[TreeNode] = told(
        lambda nodes: [TreeNode.read(each) for each in nodes], wire="tree", default=[]
    )
    total: int = 0
    truncated: bool = False

    def __iter__(self) -> Iterator[TreeNode]:
        return iter(self.nodes)


@dataclass(eq=False, repr=False)
class Match(Record):
    """A file that a search has found, and a line of it where text was looked for."""

    path: str
    line: Optional[int] = None
    text: Optional[str] = None


@dataclass(eq=False, repr=False)
class BatchSummary(Record):
    """What a batch did: changes, paths in their order, bytes that were written."""

    operations: int
    paths: List[str] = told(default=[])
    bytes: int = 0


@dataclass(eq=False, repr=False)
class BatchResult(Record):
    """What came of one file of ``batch_process``.

    Attributes:
        value: What the callback returned.
        error: What it raised; None when it did not.
    """

    path: str
    value: Any = None
    error: Optional[BaseException] = None

    @property
    def ok(self) -> bool:
        """Whether the callback returned."""
        return self.error is None
