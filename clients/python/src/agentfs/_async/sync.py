"""Sharing a workspace with its replicas through a database."""

from datetime import datetime
from typing import Any, Dict, List, Optional, Sequence, Union

from .._record import given, time_text
from ..batch import content_of
from ..changes import Conflict
from ..files import PathLike, path_text
from ..reports import RemoteVerdict, SyncMetrics, SyncResult, SyncStatus
from ..unchanged import UNCHANGED, Unchanged
from .part import AsyncPart

Patterns = Union[Sequence[str], Unchanged, None]


class AsyncSync(AsyncPart):
    """The synchronisation of one workspace."""

    async def enable(
        self,
        turso_db: Optional[str] = None,
        token: Optional[str] = None,
        *,
        token_file: Optional[PathLike] = None,
        encryption_key: Optional[str] = None,
        encryption_key_file: Optional[PathLike] = None,
        name: Optional[str] = None,
        allow_insecure: Optional[bool] = None,
        mode: Optional[str] = None,
        interval: Optional[int] = None,
        conflict_resolution: Optional[str] = None,
        include: Patterns = UNCHANGED,
        exclude: Patterns = UNCHANGED,
        compression: Optional[bool] = None,
        batch_size: Optional[int] = None,
        timeout: Optional[int] = None,
    ) -> SyncStatus:
        """Gives the workspace a database; nothing is sent yet.

        Args:
            turso_db: Its address, ``libsql://...`` or ``file:...``; default as configured.
            token: Its token, or ``env:NAME`` of a variable that has it.
            encryption_key: 32 bytes in base64, or ``env:NAME``; what is sent is encrypted with it.
            name: Name of the workspace there; default its own.
            mode: ``manual``, ``periodic`` or ``real-time``.
            interval: Seconds between two periodic syncs.
            conflict_resolution: ``manual``, ``local-wins``, ``remote-wins``, ``last-write-wins`` or
                ``merge``.
            timeout: Seconds before a request is given up.

        Raises:
            SyncError: REMOTE_URL, REMOTE_UNREACHABLE, REMOTE_AUTH ...
        """
        params = self._settings(
            mode, interval, conflict_resolution, include, exclude, compression, batch_size, timeout
        )
        params.update(
            given(
                turso_db=turso_db,
                token=token,
                token_file=None if token_file is None else path_text(token_file),
                encryption_key=encryption_key,
                encryption_key_file=(
                    None if encryption_key_file is None else path_text(encryption_key_file)
                ),
                name=name,
                allow_insecure=allow_insecure,
            )
        )
        return SyncStatus.read(await self._engine.ask_async("sync.enable", params))

    async def config(
        self,
        *,
        mode: Optional[str] = None,
        interval: Optional[int] = None,
        conflict_resolution: Optional[str] = None,
        include: Patterns = UNCHANGED,
        exclude: Patterns = UNCHANGED,
        compression: Optional[bool] = None,
        batch_size: Optional[int] = None,
        timeout: Optional[int] = None,
    ) -> SyncStatus:
        """Changes when, what and by which rule it is synchronised; see ``enable``.

        Raises:
            SyncError: SYNC_DISABLED.
        """
        params = self._settings(
            mode, interval, conflict_resolution, include, exclude, compression, batch_size, timeout
        )
        return SyncStatus.read(await self._engine.ask_async("sync.config", params))

    async def push(self, *, force: bool = False) -> SyncResult:
        """Sends its changes to the database, after those of others came in.

        Raises:
            SyncError: SYNC_DISABLED, REMOTE_UNREACHABLE ...
            SyncConflictError: SYNC_CONFLICT, with ``conflicts``; nothing was sent.
        """
        return await self._transfer("push", self._params(force=force))

    async def pull(
        self,
        *,
        force: bool = False,
        at: Optional[datetime] = None,
        version: Optional[str] = None,
    ) -> SyncResult:
        """Takes over what others have pushed, merged with the changes here.

        Args:
            force: Takes the side of the database.
            at: Goes to what was pushed last until then.
            version: Goes to the snapshot of this name.

        Raises:
            SyncError: SYNC_DISABLED, REMOTE_UNREACHABLE ...
            SyncConflictError: SYNC_CONFLICT, with ``conflicts``.
        """
        time = None if at is None else time_text(at)
        return await self._transfer("pull", self._params(force=force, at=time, version=version))

    async def status(self) -> SyncStatus:
        """How far the workspace and its database are apart, as far as is known here."""
        return SyncStatus.read(await self._engine.ask_async("sync.status", self._params()))

    async def conflicts(self) -> List[Conflict]:
        """The paths on which they disagree."""
        answer = await self._engine.ask_async("sync.conflicts", self._params())
        return [Conflict.read(each) for each in answer["conflicts"]]

    async def resolve(
        self,
        conflict: Union[Conflict, PathLike],
        choice: Optional[str] = None,
        *,
        content: Union[str, bytes, None] = None,
    ) -> int:
        """Decides a conflict.

        Args:
            choice: ``local`` or ``remote``; left out with ``content``.
            content: What the file is to hold.

        Returns:
            How many conflicts are left.
        """
        if (choice is None) == (content is None):
            raise ValueError("Give either choice, local or remote, or content.")
        path = conflict.path if isinstance(conflict, Conflict) else path_text(conflict)
        params = self._params(path=path, choice=choice or "content")
        if content is not None:
            params.update(content_of(content))
        return int((await self._engine.ask_async("sync.resolve", params))["remaining"])

    async def verify(self) -> RemoteVerdict:
        """Fetches all that the newest revision needs from the database, and checks it."""
        return RemoteVerdict.read(await self._engine.ask_async("sync.verify", self._params()))

    async def metrics(self) -> SyncMetrics:
        """What syncs have cost so far."""
        return SyncMetrics.read(await self._engine.ask_async("sync.metrics", self._params()))

    async def reset(self) -> SyncStatus:
        """Forgets what was last pushed and pulled, so that the next pull compares everything."""
        return SyncStatus.read(await self._engine.ask_async("sync.reset", self._params()))

    async def disable(self) -> SyncStatus:
        """Takes the database away from the workspace; what was pushed stays there."""
        return SyncStatus.read(await self._engine.ask_async("sync.disable", self._params()))

    async def _transfer(self, direction: str, params: Dict[str, Any]) -> SyncResult:
        await self._engine.hooks.ask_async("sync", self._face(), direction)
        result = SyncResult.read(await self._engine.ask_async(f"sync.{direction}", params))
        await self._engine.hooks.fire_async("sync", self._face(), result)
        return result

    def _settings(
        self,
        mode: Optional[str],
        interval: Optional[int],
        conflict_resolution: Optional[str],
        include: Patterns,
        exclude: Patterns,
        compression: Optional[bool],
        batch_size: Optional[int],
        timeout: Optional[int],
    ) -> Dict[str, Any]:
        params = self._params(
            mode=mode,
            interval=interval,
            conflict_resolution=conflict_resolution,
            compression=compression,
            batch_size=batch_size,
            timeout=timeout,
        )
        for name, patterns in (("include", include), ("exclude", exclude)):
            if not isinstance(patterns, Unchanged):
                params[name] = None if patterns is None else list(patterns)
        return params
