"""The snapshots of a workspace: names for its states, to compare and to go back to."""
# Made by scripts/twins.py: change _async, and run that.

from typing import Any, List, Optional, Sequence, Union

from .._async import snapshots as twins
from .._record import unique_name
from ..changes import Diff
from ..errors import SnapshotNotFoundError, WorkspaceNotFoundError
from ..history import RestoreResult, Snapshot
from .part import Part


class Snapshots(Part):
    """The snapshots of one workspace."""

    def create(
        self, name: str, description: str = "", tags: Optional[Sequence[str]] = None
    ) -> Snapshot:
        """Gives the present state a name; costs next to nothing.

        Raises:
            SnapshotExistsError: SNAPSHOT_EXISTS.
            InvalidNameError: INVALID_NAME.
        """
        words = None if tags is None else list(tags)
        params = self._params(name=name, description=description, tags=words)
        snapshot = Snapshot.read(self._engine.ask("snapshot.create", params))
        self._engine.hooks.fire("snapshot_create", self._face(), snapshot)
        return snapshot

    async def create_async(
        self, name: str, description: str = "", tags: Optional[Sequence[str]] = None
    ) -> Snapshot:
        """Does what ``create`` does, in an event loop."""
        return await self._twin.create(name, description, tags)

    def get(self, name: str) -> Snapshot:
        """What is known of a snapshot.

        Raises:
            SnapshotNotFoundError: SNAPSHOT_NOT_FOUND.
        """
        params = self._params(name=name)
        return Snapshot.read(self._engine.ask("snapshot.get", params))

    async def get_async(self, name: str) -> Snapshot:
        """Does what ``get`` does, in an event loop."""
        return await self._twin.get(name)

    def list(self, tag: Optional[str] = None) -> List[Snapshot]:
        """Lists the snapshots, oldest first."""
        params = self._params(tag=tag, limit=1000)
        found: List[Snapshot] = []
        while True:
            answer = self._engine.ask("snapshot.list", params)
            found += [Snapshot.read(each) for each in answer["snapshots"]]
            if "nextCursor" not in answer:
                return found
            params["cursor"] = answer["nextCursor"]

    async def list_async(self, tag: Optional[str] = None) -> List[Snapshot]:
        """Does what ``list`` does, in an event loop."""
        return await self._twin.list(tag)

    def restore(self, name: str, *, backup: Union[bool, str] = False) -> RestoreResult:
        """Puts the workspace back to a snapshot; ``undo`` takes that back.

        Args:
            backup: Takes a snapshot of the state before, with this name or one of its own.

        Raises:
            SnapshotNotFoundError: SNAPSHOT_NOT_FOUND.
        """
        params = self._params(name=name, backup=backup or None)
        result = RestoreResult.read(self._engine.ask("snapshot.restore", params))
        self._engine.hooks.fire("snapshot_restore", self._face(), result.snapshot)
        return result

    async def restore_async(self, name: str, *, backup: Union[bool, str] = False) -> RestoreResult:
        """Does what ``restore`` does, in an event loop."""
        return await self._twin.restore(name, backup=backup)

    def delete(self, name: str) -> None:
        """Forgets a snapshot; the workspace stays as it is.

        Raises:
            SnapshotNotFoundError: SNAPSHOT_NOT_FOUND.
        """
        self._engine.ask("snapshot.delete", self._params(name=name))

    async def delete_async(self, name: str) -> None:
        """Does what ``delete`` does, in an event loop."""
        await self._twin.delete(name)

    def diff(
        self,
        before: str,
        after: str,
        *,
        include: Optional[Sequence[str]] = None,
        exclude: Optional[Sequence[str]] = None,
        stat: bool = False,
        name_only: bool = False,
    ) -> Diff:
        """Compares two snapshots; iterating the result gives the changes.

        Raises:
            SnapshotNotFoundError: SNAPSHOT_NOT_FOUND.
        """
        params = self._params(
            before=before,
            after=after,
            include=None if include is None else list(include),
            exclude=None if exclude is None else list(exclude),
            stat=stat,
            name_only=name_only,
        )
        return Diff.read(self._engine.ask("snapshot.diff", params))

    async def diff_async(
        self,
        before: str,
        after: str,
        *,
        include: Optional[Sequence[str]] = None,
        exclude: Optional[Sequence[str]] = None,
        stat: bool = False,
        name_only: bool = False,
    ) -> Diff:
        """Does what ``diff`` does, in an event loop."""
        return await self._twin.diff(before, after, include=include, exclude=exclude, stat=stat, name_only=name_only)

    def temp(self, name: Optional[str] = None, description: str = "") -> "TempSnapshot":
        """A snapshot for a block, deleted at its end; it is never restored by itself."""
        own = name if name is not None else unique_name("temp")
        return TempSnapshot(self, own, description)

    @property
    def _twin(self) -> "twins.AsyncSnapshots":
        return twins.AsyncSnapshots(self._engine, self._state)


class TempSnapshot:
    """The block of ``temp``."""

    def __init__(self, snapshots: Snapshots, name: str, description: str) -> None:
        self._snapshots = snapshots
        self._name = name
        self._description = description

    def __enter__(self) -> Snapshot:
        return self._snapshots.create(self._name, self._description)

    def __exit__(self, *_: Any) -> None:
        # The block may have deleted it, or the workspace.
        try:
            self._snapshots.delete(self._name)
        except (SnapshotNotFoundError, WorkspaceNotFoundError):
            pass
