"""The audit log: what has happened, and who did it."""
# Made by scripts/twins.py: change _async, and run that.

from datetime import datetime
from typing import Any, Dict, List, Optional, Sequence, Union

from .._async import audit as twins
from .._engine import Engine
from .._record import given, time_text
from ..audit_export import AuditFile
from ..files import PathLike, path_text
from ..reports import AuditEntry, AuditVerdict
from ..state import WorkspaceState

_PAGE = 1000
_ALL = 1 << 62


class AuditLog:
    """The log of one workspace, or of all."""

    def __init__(self, engine: Engine, state: Optional[WorkspaceState]) -> None:
        self._engine = engine
        self._state = state

    def logs(
        self,
        *,
        operation: Union[str, Sequence[str], None] = None,
        from_time: Optional[datetime] = None,
        to_time: Optional[datetime] = None,
        path: Optional[PathLike] = None,
        agent_id: Optional[str] = None,
        session_id: Optional[str] = None,
        limit: Optional[int] = None,
        newest_first: bool = False,
    ) -> List[AuditEntry]:
        """Lists entries, oldest first.

        Args:
            operation: One or several of ``create``, ``read``, ``write``, ``delete``, ``rename``,
                ``chmod``, ``snapshot``, ``commit``, ``restore``, ``run``, ``merge``, ``sync``,
                ``workspace.create``, ``workspace.delete`` and ``config``.
            from_time: Earliest time; one without a zone is local.
            to_time: Latest time.
            path: A path, or a glob pattern.
            limit: Entries at most; default all.
        """
        params = self._filter(operation, from_time, to_time, path, agent_id, session_id)
        params["order"] = "desc" if newest_first else "asc"
        left = _ALL if limit is None else limit
        found: List[AuditEntry] = []
        while left > 0:
            params["limit"] = min(left, _PAGE)
            answer = self._engine.ask("audit.query", params)
            found += [AuditEntry.read(each) for each in answer["entries"]]
            left -= len(answer["entries"])
            if "nextCursor" not in answer:
                break
            params["cursor"] = answer["nextCursor"]
        return found

    async def logs_async(
        self,
        *,
        operation: Union[str, Sequence[str], None] = None,
        from_time: Optional[datetime] = None,
        to_time: Optional[datetime] = None,
        path: Optional[PathLike] = None,
        agent_id: Optional[str] = None,
        session_id: Optional[str] = None,
        limit: Optional[int] = None,
        newest_first: bool = False,
    ) -> List[AuditEntry]:
        """Does what ``logs`` does, in an event loop."""
        return await self._twin.logs(operation=operation, from_time=from_time, to_time=to_time, path=path, agent_id=agent_id, session_id=session_id, limit=limit, newest_first=newest_first)

    def export(
        self,
        file: PathLike,
        *,
        format: str = "json",
        operation: Union[str, Sequence[str], None] = None,
        from_time: Optional[datetime] = None,
        to_time: Optional[datetime] = None,
        path: Optional[PathLike] = None,
        agent_id: Optional[str] = None,
        session_id: Optional[str] = None,
    ) -> int:
        """Writes entries to a file of this machine, which is replaced when all is written.

        Args:
            format: ``json`` is one array, ``jsonl`` one object a line, ``csv`` has a header line.

        Returns:
            How many entries.

        Raises:
            ValueError: when there is no such format.
            OSError: when the file cannot be written.
        """
        params = self._filter(operation, from_time, to_time, path, agent_id, session_id)
        params["limit"] = _PAGE
        with AuditFile(path_text(file), format) as target:
            while True:
                answer = self._engine.ask("audit.query", params)
                target.add(answer["entries"])
                if "nextCursor" not in answer:
                    break
                params["cursor"] = answer["nextCursor"]
        return target.count

    async def export_async(
        self,
        file: PathLike,
        *,
        format: str = "json",
        operation: Union[str, Sequence[str], None] = None,
        from_time: Optional[datetime] = None,
        to_time: Optional[datetime] = None,
        path: Optional[PathLike] = None,
        agent_id: Optional[str] = None,
        session_id: Optional[str] = None,
    ) -> int:
        """Does what ``export`` does, in an event loop."""
        return await self._twin.export(file, format=format, operation=operation, from_time=from_time, to_time=to_time, path=path, agent_id=agent_id, session_id=session_id)

    def verify(self) -> AuditVerdict:
        """Checks that no entry was changed, removed or added."""
        params = self._filter(None, None, None, None, None, None)
        return AuditVerdict.read(self._engine.ask("audit.verify", params))

    async def verify_async(self) -> AuditVerdict:
        """Does what ``verify`` does, in an event loop."""
        return await self._twin.verify()

    def _filter(
        self,
        operation: Union[str, Sequence[str], None],
        from_time: Optional[datetime],
        to_time: Optional[datetime],
        path: Optional[PathLike],
        agent_id: Optional[str],
        session_id: Optional[str],
    ) -> Dict[str, Any]:
        operations = [operation] if isinstance(operation, str) else operation
        params = given(
            workspace=None if self._state is None else self._state.name,
            operation=None if operations is None else list(operations),
            to=None if to_time is None else time_text(to_time),
            path=None if path is None else path_text(path),
            agent_id=agent_id,
            session_id=session_id,
        )
        if from_time is not None:
            params["from"] = time_text(from_time)
        return params

    @property
    def _twin(self) -> "twins.AsyncAuditLog":
        return twins.AsyncAuditLog(self._engine, self._state)
