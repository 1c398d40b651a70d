"""All workspaces of a project."""
# Made by scripts/twins.py: change _async, and run that.

from datetime import datetime
from typing import Any, List, Mapping, Optional, Sequence, Union

from .._async import workspaces as twins
from .._engine import Engine
from .._record import given, time_text, unique_name
from ..changes import MergeCheck
from ..commands import Limits, limits_for
from ..errors import WorkspaceNotFoundError
from ..files import PathLike
from ..history import MergeResult
from ..state import own, WorkspaceInfo, WorkspaceState
from .archives import read_archive
from .workspace import Workspace


class Workspaces:
    """Makes, finds and deletes the workspaces of one AgentFS."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def create(
        self,
        name: str,
        *,
        from_snapshot: Optional[str] = None,
        from_workspace: Optional[str] = None,
        description: str = "",
        tags: Optional[Sequence[str]] = None,
        agent_id: Optional[str] = None,
        owner: Optional[str] = None,
        read_only: bool = False,
        expires: Optional[datetime] = None,
        sandbox: Optional[str] = None,
        limits: Union[Limits, Mapping[str, Any], None] = None,
    ) -> Workspace:
        """Makes a private copy of the project, at once and whatever its size.

        Args:
            name: Letters, digits, dots, dashes and underscores.
            from_snapshot: Begins as a snapshot; ``workspace/snapshot`` where its name alone is not
                unique.
            from_workspace: Begins as another workspace is now.
            agent_id: The only agent that may change it.
            expires: When it becomes read-only.
            sandbox: The isolation that its commands must have.

        Raises:
            WorkspaceExistsError: WORKSPACE_EXISTS.
            WorkspaceLimitError: WORKSPACE_LIMIT.
            SnapshotNotFoundError: SNAPSHOT_NOT_FOUND.
            InvalidNameError: INVALID_NAME.
            HookError: HOOK_FAILED.
        """
        self._engine.hooks.ask("workspace_create", name)
        params = given(
            name=name,
            from_snapshot=from_snapshot,
            from_workspace=from_workspace,
            description=description,
            tags=None if tags is None else list(tags),
            agent_id=agent_id,
            owner=owner,
            read_only=read_only,
            expires=None if expires is None else time_text(expires),
            sandbox=sandbox,
            limits=limits_for(limits),
        )
        answer = self._engine.ask("workspace.create", params)
        workspace = self._present(answer)
        self._engine.hooks.fire("workspace_create", workspace._face())
        return workspace

    async def create_async(
        self,
        name: str,
        *,
        from_snapshot: Optional[str] = None,
        from_workspace: Optional[str] = None,
        description: str = "",
        tags: Optional[Sequence[str]] = None,
        agent_id: Optional[str] = None,
        owner: Optional[str] = None,
        read_only: bool = False,
        expires: Optional[datetime] = None,
        sandbox: Optional[str] = None,
        limits: Union[Limits, Mapping[str, Any], None] = None,
    ) -> Workspace:
        """Does what ``create`` does, in an event loop."""
        return own(Workspace, await self._twin.create(name, from_snapshot=from_snapshot, from_workspace=from_workspace, description=description, tags=tags, agent_id=agent_id, owner=owner, read_only=read_only, expires=expires, sandbox=sandbox, limits=limits))

    def import_tar(
        self, name: str, path: PathLike, *, allow_outside_symlinks: Optional[bool] = None
    ) -> Workspace:
        """Makes a workspace that holds what is in a tar archive, and nothing else.

        Raises:
            AgentFSError: ARCHIVE_INVALID, ARCHIVE_REFUSED; there is no workspace then.
            WorkspaceExistsError: WORKSPACE_EXISTS.
        """
        params = given(
            workspace=name,
            mode="import",
            create=True,
            allow_outside_symlinks=allow_outside_symlinks,
        )
        read_archive(self._engine, params, path)
        return self.get(name)

    async def import_tar_async(
        self, name: str, path: PathLike, *, allow_outside_symlinks: Optional[bool] = None
    ) -> Workspace:
        """Does what ``import_tar`` does, in an event loop."""
        return own(Workspace, await self._twin.import_tar(name, path, allow_outside_symlinks=allow_outside_symlinks))

    def get(self, name: str) -> Workspace:
        """The workspace of a name.

        Raises:
            WorkspaceNotFoundError: WORKSPACE_NOT_FOUND.
        """
        answer = self._engine.ask("workspace.get", {"workspace": name})
        return self._present(answer)

    async def get_async(self, name: str) -> Workspace:
        """Does what ``get`` does, in an event loop."""
        return own(Workspace, await self._twin.get(name))

    def list(
        self,
        *,
        name: Optional[str] = None,
        tag: Optional[str] = None,
        older_than_days: Optional[int] = None,
        include_archived: bool = False,
    ) -> List[Workspace]:
        """Lists workspaces, oldest first.

        Args:
            name: A glob pattern.
            older_than_days: Only those that were not changed for so many days.
        """
        params = given(
            name=name,
            tag=tag,
            older_than_days=older_than_days,
            include_archived=include_archived,
            limit=1000,
        )
        found: List[Workspace] = []
        while True:
            answer = self._engine.ask("workspace.list", params)
            found += [self._present(each) for each in answer["workspaces"]]
            if "nextCursor" not in answer:
                return found
            params["cursor"] = answer["nextCursor"]

    async def list_async(
        self,
        *,
        name: Optional[str] = None,
        tag: Optional[str] = None,
        older_than_days: Optional[int] = None,
        include_archived: bool = False,
    ) -> List[Workspace]:
        """Does what ``list`` does, in an event loop."""
        return [own(Workspace, each) for each in await self._twin.list(name=name, tag=tag, older_than_days=older_than_days, include_archived=include_archived)]

    def exists(self, name: str) -> bool:
        """Whether there is a workspace of this name."""
        try:
            self._engine.ask("workspace.get", {"workspace": name})
        except WorkspaceNotFoundError:
            return False
        return True

    async def exists_async(self, name: str) -> bool:
        """Does what ``exists`` does, in an event loop."""
        return await self._twin.exists(name)

    def rename(self, old: str, new: str) -> Workspace:
        """Renames a workspace.

        Raises:
            WorkspaceNotFoundError: WORKSPACE_NOT_FOUND.
            WorkspaceExistsError: WORKSPACE_EXISTS.
        """
        answer = self._engine.ask("workspace.update", {"workspace": old, "name": new})
        return self._present(answer)

    async def rename_async(self, old: str, new: str) -> Workspace:
        """Does what ``rename`` does, in an event loop."""
        return own(Workspace, await self._twin.rename(old, new))

    def merge(self, source: str, target: str, *, strategy: str = "manual") -> MergeResult:
        """Brings what one workspace has changed into another; see ``Workspace.merge``."""
        params = {"workspace": target, "source": source, "strategy": strategy}
        return MergeResult.read(self._engine.ask("workspace.merge", params))

    async def merge_async(self, source: str, target: str, *, strategy: str = "manual") -> MergeResult:
        """Does what ``merge`` does, in an event loop."""
        return await self._twin.merge(source, target, strategy=strategy)

    def check_merge(self, names: Sequence[str]) -> MergeCheck:
        """Says which workspaces contradict each other, and in which order all can land.

        Args:
            names: Two or more. Nothing is changed.
        """
        answer = self._engine.ask("workspace.checkMerge", {"workspaces": [*names]})
        return MergeCheck.read(answer)

    async def check_merge_async(self, names: Sequence[str]) -> MergeCheck:
        """Does what ``check_merge`` does, in an event loop."""
        return await self._twin.check_merge(names)

    def delete(self, name: str, *, force: bool = True) -> None:
        """Deletes a workspace with its snapshots and history.

        Args:
            force: False refuses when it has changes that are not committed.

        Raises:
            WorkspaceNotFoundError: WORKSPACE_NOT_FOUND.
            WorkspaceDirtyError: WORKSPACE_DIRTY, unless forced.
        """
        self._engine.ask("workspace.delete", {"workspace": name, "force": force})
        self._engine.hooks.fire("workspace_delete", name)

    async def delete_async(self, name: str, *, force: bool = True) -> None:
        """Does what ``delete`` does, in an event loop."""
        await self._twin.delete(name, force=force)

    def temp(self, prefix: str = "temp", **options: Any) -> "TempWorkspace":
        """A workspace for a block, deleted at its end, also when it raises.

        Args:
            prefix: Its name begins with this, and goes on so that no two are the same.
            options: As of ``create``.
        """
        return TempWorkspace(self, unique_name(prefix), options)

    def _present(self, answer: Mapping[str, Any]) -> Workspace:
        return Workspace(self._engine, WorkspaceState(WorkspaceInfo.read(answer)))

    @property
    def _twin(self) -> "twins.AsyncWorkspaces":
        return twins.AsyncWorkspaces(self._engine)


class TempWorkspace:
    """The block of ``temp``."""

    def __init__(self, workspaces: Workspaces, name: str, options: Mapping[str, Any]) -> None:
        self._workspaces = workspaces
        self._name = name
        self._options = options

    def __enter__(self) -> Workspace:
        return self._workspaces.create(self._name, **self._options)

    def __exit__(self, *_: Any) -> None:
        # The block may have deleted it.
        try:
            self._workspaces.delete(self._name)
        except WorkspaceNotFoundError:
            pass
