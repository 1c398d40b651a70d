"""A workspace: a private copy of a project, which can be changed, compared and brought home."""

from datetime import datetime
from typing import (
    TYPE_CHECKING,
    Any,
    List,
    Literal,
    Mapping,
    Optional,
    Sequence,
    Type,
    Union,
    overload,
)

from .._engine import Engine
from .._record import time_text
from ..batch import Batch
from ..changes import Change, Conflict, Diff, Imported, Status
from ..commands import Limits, limits_for
from ..errors import NothingToCommitError, WorkspaceNotFoundError
from ..files import PathLike
from ..history import CommitResult, MergeResult, Step, UndoResult
from ..settling import decided, decisions
from ..state import WorkspaceInfo, WorkspaceProperties, WorkspaceState
from ..unchanged import UNCHANGED, Unchanged
from .archives import read_archive, write_archive
from .audit import AsyncAuditLog
from .files import AsyncWorkspaceFiles
from .running import AsyncWorkspaceCommands
from .snapshots import AsyncSnapshots
from .sync import AsyncSync

if TYPE_CHECKING:
    from pathlib import Path


class AsyncWorkspace(WorkspaceProperties, AsyncWorkspaceCommands, AsyncWorkspaceFiles):
    """A private copy of a project.

    Attributes:
        snapshot: Names for its states.
        audit: What has happened in it.
        sync: Sharing it through a database.
    """

    def __init__(self, engine: Engine, state: WorkspaceState) -> None:
        super().__init__(engine, state)
        self.snapshot = AsyncSnapshots(engine, state)
        self.audit = AsyncAuditLog(engine, state)
        self.sync = AsyncSync(engine, state)

    async def exists(self, path: Optional[PathLike] = None, *, live: Optional[bool] = None) -> bool:
        """Whether there is something at a path; without one, whether the workspace still exists.

        Args:
            live: As the running command has it now, stored or not.
        """
        if path is not None:
            return await self._is_there(path, live)
        try:
            await self._engine.ask_async("workspace.get", self._params())
        except WorkspaceNotFoundError:
            return False
        return True

    async def materialize(self) -> "Path":
        """Writes the workspace to a directory for editors, and takes in what was edited there.

        Returns:
            The directory; the next call brings both up to date.
        """
        from pathlib import Path

        return Path((await self._engine.ask_async("workspace.materialize", self._params()))["path"])

    async def export_tar(
        self, path: PathLike, *, snapshot: Optional[str] = None, gzip: bool = False
    ) -> None:
        """Writes its files to a tar archive of this machine, whole or not at all.

        Args:
            snapshot: Those of this snapshot instead.
            gzip: Compressed.
        """
        params = self._params(mode="export", snapshot=snapshot, gzip=gzip)
        await write_archive(self._engine, params, path)

    async def import_tar(
        self,
        path: PathLike,
        *,
        replace: bool = False,
        allow_outside_symlinks: Optional[bool] = None,
    ) -> Imported:
        """Puts a tar archive over it, plain or with gzip, all of it or nothing.

        Args:
            replace: Deletes what is not in the archive.

        Raises:
            AgentFSError: ARCHIVE_INVALID, ARCHIVE_REFUSED.
        """
        params = self._params(
            mode="import", replace=replace, allow_outside_symlinks=allow_outside_symlinks
        )
        return await read_archive(self._engine, params, path)

    async def refresh(self) -> WorkspaceInfo:
        """Asks for its settings anew."""
        answer = await self._engine.ask_async("workspace.get", self._params())
        self._state.info = WorkspaceInfo.read(answer)
        return self._state.info

    async def update(
        self,
        *,
        name: Optional[str] = None,
        description: Optional[str] = None,
        tags: Optional[Sequence[str]] = None,
        state: Optional[str] = None,
        read_only: Optional[bool] = None,
        agent_id: Union[str, Unchanged, None] = UNCHANGED,
        owner: Union[str, Unchanged, None] = UNCHANGED,
        expires: Union[datetime, Unchanged, None] = UNCHANGED,
        sandbox: Union[str, Unchanged, None] = UNCHANGED,
        limits: Union[Limits, Mapping[str, Any], Unchanged, None] = UNCHANGED,
    ) -> WorkspaceInfo:
        """Changes its settings; what is left out stays as it is.

        Args:
            name: Its new name.
            state: ``active``, ``frozen`` or ``archived``.
            expires: When it becomes read-only; None for never.
            sandbox: ``none``, ``standard`` or ``restricted``; None for what the configuration says.

        Raises:
            WorkspaceExistsError: WORKSPACE_EXISTS.
        """
        params = self._params(name=name, description=description, state=state, read_only=read_only)
        if tags is not None:
            params["tags"] = list(tags)
        for key, value in (("agentId", agent_id), ("owner", owner), ("sandbox", sandbox)):
            if not isinstance(value, Unchanged):
                params[key] = value
        if not isinstance(expires, Unchanged):
            params["expires"] = None if expires is None else time_text(expires)
        if not isinstance(limits, Unchanged):
            params["limits"] = limits_for(limits)
        answer = await self._engine.ask_async("workspace.update", params)
        self._state.info = WorkspaceInfo.read(answer)
        return self._state.info

    async def status(
        self, *, refresh: bool = False, ignored: bool = False, detect_renames: bool = False
    ) -> Status:
        """Lists what it has changed since its fork, and how the project has moved on.

        Args:
            refresh: Looks at the project on disk first.
            ignored: Also lists what is not versioned.
            detect_renames: Tells what was renamed, rather than deleted here and added there.
        """
        params = self._params(refresh=refresh, ignored=ignored, detect_renames=detect_renames)
        return Status.read(await self._engine.ask_async("workspace.status", params))

    async def diff(
        self,
        against: Optional[str] = None,
        *,
        include: Optional[Sequence[str]] = None,
        exclude: Optional[Sequence[str]] = None,
        context: Optional[int] = None,
        stat: bool = False,
        name_only: bool = False,
    ) -> Diff:
        """Shows what it has changed.

        Args:
            against: ``base``, a snapshot, another workspace, or a commit; default its fork.
            context: Lines around each change; default 3.
            stat: A summary as text, in place of a patch.
            name_only: The paths as text, in place of a patch.
        """
        params = self._params(
            against=against,
            include=None if include is None else list(include),
            exclude=None if exclude is None else list(exclude),
            context=context,
            stat=stat,
            name_only=name_only,
        )
        return Diff.read(await self._engine.ask_async("workspace.diff", params))

    @overload
    async def commit(
        self,
        message: str,
        *,
        author: Optional[str] = None,
        include: Optional[Sequence[str]] = None,
        exclude: Optional[Sequence[str]] = None,
        on_conflict: str = "fail",
        ours: Optional[Sequence[PathLike]] = None,
        theirs: Optional[Sequence[PathLike]] = None,
        whole_file: Optional[bool] = None,
        allow_empty: bool = False,
        strict: bool = False,
        dry_run: Literal[False] = False,
    ) -> CommitResult: ...

    @overload
    async def commit(
        self,
        message: str,
        *,
        author: Optional[str] = None,
        include: Optional[Sequence[str]] = None,
        exclude: Optional[Sequence[str]] = None,
        on_conflict: str = "fail",
        ours: Optional[Sequence[PathLike]] = None,
        theirs: Optional[Sequence[PathLike]] = None,
        whole_file: Optional[bool] = None,
        allow_empty: bool = False,
        strict: bool = False,
        dry_run: Literal[True],
    ) -> List[Change]: ...

    @overload
    async def commit(
        self,
        message: str,
        *,
        author: Optional[str] = None,
        include: Optional[Sequence[str]] = None,
        exclude: Optional[Sequence[str]] = None,
        on_conflict: str = "fail",
        ours: Optional[Sequence[PathLike]] = None,
        theirs: Optional[Sequence[PathLike]] = None,
        whole_file: Optional[bool] = None,
        allow_empty: bool = False,
        strict: bool = False,
        dry_run: bool,
    ) -> Union[CommitResult, List[Change]]: ...

    async def commit(
        self,
        message: str,
        *,
        author: Optional[str] = None,
        include: Optional[Sequence[str]] = None,
        exclude: Optional[Sequence[str]] = None,
        on_conflict: str = "fail",
        ours: Optional[Sequence[PathLike]] = None,
        theirs: Optional[Sequence[PathLike]] = None,
        whole_file: Optional[bool] = None,
        allow_empty: bool = False,
        strict: bool = False,
        dry_run: bool = False,
    ) -> Union[CommitResult, List[Change]]:
        """Brings its changes home to the project: all of them, or none.

        Args:
            author: ``Name <mail>``, or a name; default AGENTFS_AUTHOR, or the user.
            include: Glob patterns, such as ``["*.md", "docs/**"]``.
            on_conflict: ``ours`` takes the workspace's side of what the project has changed too,
                ``theirs`` the project's; ``fail`` neither.
            ours: Files or directories for which ``ours`` holds; ``theirs`` likewise.
            whole_file: Takes whole files of a side, not only the lines in conflict.
            strict: Raises when there is nothing to commit, in place of returning a result without
                a hash.
            dry_run: Only says what would change.

        Returns:
            The commit; with ``dry_run`` the changes, of which there may be up to 1,000 here.

        Raises:
            CommitError: CONFLICT, with ``conflicts``; BLANK_MESSAGE; OUTSIDE_SYMLINK.
            NothingToCommitError: NOTHING_TO_COMMIT, when it is strict.
            HookError: HOOK_FAILED.
        """
        if not dry_run:
            await self._engine.hooks.ask_async("commit", self._face(), message)
        params = self._params(
            message=message,
            author=author,
            include=None if include is None else list(include),
            exclude=None if exclude is None else list(exclude),
            allow_empty=allow_empty,
            dry_run=dry_run,
            **decided(on_conflict, ours, theirs, whole_file),
        )
        try:
            answer = await self._engine.ask_async("workspace.commit", params)
        except NothingToCommitError:
            if strict:
                raise
            return [] if dry_run else CommitResult(message=message, workspace=self.name)
        if dry_run:
            return [Change.read(each) for each in answer["changes"]]
        result = CommitResult.read(answer["commit"])
        await self._engine.hooks.fire_async("commit", self._face(), message)
        return result

    async def rebase(
        self,
        *,
        on_conflict: str = "fail",
        ours: Optional[Sequence[PathLike]] = None,
        theirs: Optional[Sequence[PathLike]] = None,
        whole_file: Optional[bool] = None,
    ) -> MergeResult:
        """Brings what has changed in the project since the fork into the workspace.

        Args:
            on_conflict: Where both changed the same lines: ``ours`` takes the workspace's side,
                ``theirs`` the project's, ``markers`` puts both into the text, ``fail`` neither.
            ours: Files or directories for which ``ours`` holds; ``theirs`` likewise.
            whole_file: Takes whole files of a side, not only the lines in conflict.

        Raises:
            MergeConflictError: MERGE_CONFLICT, with ``conflicts``; nothing was changed.
        """
        params = self._params(**decided(on_conflict, ours, theirs, whole_file))
        return MergeResult.read(await self._engine.ask_async("workspace.rebase", params))

    async def conflicts(self) -> List[Conflict]:
        """Lists where the workspace and the project as it is now contradict each other."""
        answer = await self._engine.ask_async("workspace.conflicts", self._params())
        return [Conflict.read(each) for each in answer["conflicts"]]

    async def resolve(
        self,
        contents: Optional[Mapping[str, Union[str, bytes]]] = None,
        *,
        ours: Optional[Sequence[PathLike]] = None,
        theirs: Optional[Sequence[PathLike]] = None,
        whole_file: Optional[bool] = None,
    ) -> MergeResult:
        """Brings the project's changes in, with a decision for each conflict, as one step.

        Args:
            contents: Files as they are to be, by path, whatever the two sides have there.
            ours: Paths for which the workspace's side holds.
            theirs: Those for which the project's holds.

        Raises:
            MergeConflictError: MERGE_CONFLICT, with the ``conflicts`` of which nothing was said;
                nothing was changed.
        """
        params = self._params(decisions=decisions(contents, ours, theirs), whole_file=whole_file)
        return MergeResult.read(await self._engine.ask_async("workspace.resolve", params))

    async def merge(
        self,
        source: str,
        *,
        strategy: str = "manual",
        ours: Optional[Sequence[PathLike]] = None,
        theirs: Optional[Sequence[PathLike]] = None,
        whole_file: Optional[bool] = None,
    ) -> MergeResult:
        """Brings what another workspace has changed since its fork into this one.

        Args:
            source: Its name.
            strategy: ``ours`` keeps the side of this one, ``theirs`` takes the other, ``markers``
                puts both into the text; ``manual`` fails on conflicts.
            ours: Files or directories for which ``ours`` holds; ``theirs`` likewise.
            whole_file: Takes whole files of a side, not only the lines in conflict.

        Raises:
            MergeConflictError: MERGE_CONFLICT, with ``conflicts``; nothing was changed.
        """
        on_conflict = "fail" if strategy == "manual" else strategy
        params = self._params(source=source, **decided(on_conflict, ours, theirs, whole_file))
        return MergeResult.read(await self._engine.ask_async("workspace.merge", params))

    async def undo(self) -> UndoResult:
        """Takes its newest step back: a command, a restore, an edit, a merge.

        Raises:
            AgentFSError: NOTHING_TO_UNDO.
        """
        return UndoResult.read(await self._engine.ask_async("workspace.undo", self._params()))

    async def redo(self) -> UndoResult:
        """Makes the step that was undone last again.

        Raises:
            AgentFSError: NOTHING_TO_REDO.
        """
        return UndoResult.read(await self._engine.ask_async("workspace.redo", self._params()))

    async def history(self, *, limit: int = 100) -> List[Step]:
        """Lists what undo and redo go through, newest first."""
        params = self._params(limit=limit)
        answer = await self._engine.ask_async("workspace.history", params)
        return [Step.read(each) for each in answer["operations"]]

    def batch(self) -> "AsyncBatchBlock":
        """Collects file changes in a block; all happen at its end, or none, also when it raises."""
        return AsyncBatchBlock(self)


class AsyncBatchBlock:
    """The block of ``batch``."""

    def __init__(self, workspace: AsyncWorkspace) -> None:
        self._workspace = workspace
        self._batch = Batch()

    async def __aenter__(self) -> Batch:
        return self._batch

    async def __aexit__(self, kind: Optional[Type[BaseException]], error: Any, trace: Any) -> None:
        if kind is None and self._batch.operations:
            await self._workspace.apply(self._batch)
