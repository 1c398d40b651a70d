"""The snapshots of a workspace: names for its states, to compare and to go back to."""

from typing import Any, List, Optional, Sequence, Union

from .._record import unique_name
from ..changes import Diff
from ..errors import SnapshotNotFoundError, WorkspaceNotFoundError
from ..history import RestoreResult, Snapshot
from .part import AsyncPart


class AsyncSnapshots(AsyncPart):
    """The snapshots of one workspace."""

    async def create(
        self, name: str, description: str = "", tags: Optional[Sequence[str]] = None
    ) -> Snapshot:
        """Gives the present state a name; costs next to nothing.

        Raises:
            SnapshotExistsError: SNAPSHOT_EXISTS.
            InvalidNameError: INVALID_NAME.
        """
        words = None if tags is None else list(tags)
        params = self._params(name=name, description=description, tags=words)
        snapshot = Snapshot.read(await self._engine.ask_async("snapshot.create", params))
        await self._engine.hooks.fire_async("snapshot_create", self._face(), snapshot)
        return snapshot

    async def get(self, name: str) -> Snapshot:
        """What is known of a snapshot.

        Raises:
            SnapshotNotFoundError: SNAPSHOT_NOT_FOUND.
        """
        params = self._params(name=name)
        return Snapshot.read(await self._engine.ask_async("snapshot.get", params))

    async def list(self, tag: Optional[str] = None) -> List[Snapshot]:
        """Lists the snapshots, oldest first."""
        params = self._params(tag=tag, limit=1000)
        found: List[Snapshot] = []
        while True:
            answer = await self._engine.ask_async("snapshot.list", params)
            found += [Snapshot.read(each) for each in answer["snapshots"]]
            if "nextCursor" not in answer:
                return found
            params["cursor"] = answer["nextCursor"]

    async def restore(self, name: str, *, backup: Union[bool, str] = False) -> RestoreResult:
        """Puts the workspace back to a snapshot; ``undo`` takes that back.

        Args:
            backup: Takes a snapshot of the state before, with this name or one of its own.

        Raises:
            SnapshotNotFoundError: SNAPSHOT_NOT_FOUND.
        """
        params = self._params(name=name, backup=backup or None)
        result = RestoreResult.read(await self._engine.ask_async("snapshot.restore", params))
        await self._engine.hooks.fire_async("snapshot_restore", self._face(), result.snapshot)
        return result

    async def delete(self, name: str) -> None:
        """Forgets a snapshot; the workspace stays as it is.

        Raises:
            SnapshotNotFoundError: SNAPSHOT_NOT_FOUND.
        """
        await self._engine.ask_async("snapshot.delete", self._params(name=name))

    async def diff(
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
        return Diff.read(await self._engine.ask_async("snapshot.diff", params))

    def temp(self, name: Optional[str] = None, description: str = "") -> "AsyncTempSnapshot":
        """A snapshot for a block, deleted at its end; it is never restored by itself."""
        own = name if name is not None else unique_name("temp")
        return AsyncTempSnapshot(self, own, description)


class AsyncTempSnapshot:
    """The block of ``temp``."""

    def __init__(self, snapshots: AsyncSnapshots, name: str, description: str) -> None:
        self._snapshots = snapshots
        self._name = name
        self._description = description

    async def __aenter__(self) -> Snapshot:
        return await self._snapshots.create(self._name, self._description)

    async def __aexit__(self, *_: Any) -> None:
        # The block may have deleted it, or the workspace.
        try:
            await self._snapshots.delete(self._name)
        except (SnapshotNotFoundError, WorkspaceNotFoundError):
            pass
