"""The way in: one project, and all that can be done with it."""

import os
from typing import Any, Callable, List, Optional, Tuple, Union

from .._daemon import Daemon
from .._engine import Engine
from .._own_engine import OwnEngine
from .._record import given
from ..commands import Command, words_of
from ..config import Config, ConfigInput, config_of
from ..events import Listener
from ..exploration import Candidate, Candidates, Exploration, candidates_for
from ..files import PathLike
from ..history import CommitResult
from ..hooks import Hooks
from ..reports import (
    Adoption,
    Collected,
    Compacted,
    Finding,
    StorageAnalysis,
    StorageUsage,
    StrategyInfo,
    VerifyReport,
)
from .audit import AsyncAuditLog
from .workspace import AsyncWorkspace
from .workspaces import AsyncWorkspaces


class AsyncStorage:
    """The room that a store takes up."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def usage(self) -> StorageUsage:
        """Says how much room it takes up, and how much of it could be freed."""
        return StorageUsage.read(await self._engine.ask_async("storage.usage", {}))

    async def compact(self) -> Compacted:
        """Removes what nothing refers to, compresses the rest, and gives the room back."""
        return Compacted.read(await self._engine.ask_async("storage.compact", {}))

    async def analyze(self, *, limit: int = 20) -> StorageAnalysis:
        """Names the largest files and directories, and says what sharing and compressing save."""
        return StorageAnalysis.read(
            await self._engine.ask_async("storage.analyze", {"limit": limit})
        )


class AsyncAgentFS:
    """Gives agents private copies of a project directory.

    Nothing happens before the first call, which starts the engine: a program of its own, found as
    docs/PYTHON.md says. Threads may share it; a process that was forked starts its own engine.

    Args:
        base_path: The project; default the current directory.
        config: Settings that win over those of files, as a ``Config`` or a mapping such as
            ``{"cache_size": 256, "audit_enabled": True}``.
        agent_id: Who acts, for the audit log and for workspaces that belong to an agent.
        session_id: What ties the audit entries of one session together; default one of its own.
        author: Author of commits that name none: ``Name <mail>`` or a name.
        profile: A profile of the configuration.
        read_only: Refuses everything that changes something.

    Attributes:
        workspace: The workspaces.
        hooks: What to call when.
        audit: What has happened in all workspaces.
        storage: The room that the store takes up.
        config: The settings that were given.
    """

    def __init__(
        self,
        base_path: Optional[PathLike] = None,
        config: ConfigInput = None,
        *,
        agent_id: Optional[str] = None,
        session_id: Optional[str] = None,
        author: Optional[str] = None,
        profile: Optional[str] = None,
        read_only: bool = False,
    ) -> None:
        self.base_path = os.path.abspath(os.fspath(base_path if base_path is not None else "."))
        self.config: Config = config_of(config)
        self._options: Tuple[Any, ...] = (agent_id, session_id, author, profile, read_only)
        self._attach(
            Engine(
                OwnEngine(
                    self.base_path,
                    settings=self.config.settings,
                    config_path=self.config.path,
                    profile=profile,
                    read_only=read_only,
                    identity={
                        "AGENTFS_AGENT_ID": agent_id,
                        "AGENTFS_SESSION_ID": session_id,
                        "AGENTFS_AUTHOR": author,
                    },
                )
            )
        )

    @classmethod
    async def connect(
        cls, address: PathLike, token: Optional[str] = None, *, project: Optional[str] = None
    ) -> "AsyncAgentFS":
        """Uses a daemon that runs already, instead of an engine of its own.

        What it works with are the daemon's settings. When it ends, calls that wait raise
        ``EngineDiedError``, and the next one connects anew.

        Args:
            address: What ``agentfs serve`` prints: a URL such as ``http://127.0.0.1:7433``, or the
                path of its socket, with or without ``unix:``.
            token: For a URL; the socket needs none.
            project: Which of its projects, by name, for a URL; default that of the token.

        Raises:
            DaemonUnreachableError: DAEMON_UNREACHABLE.
            AgentFSError: UNAUTHENTICATED, PERMISSION_DENIED, PROJECT_NOT_FOUND.
        """
        return await cls._connected(Daemon(os.fspath(address), token, project))

    @classmethod
    async def _connected(cls, daemon: Daemon) -> "AsyncAgentFS":
        same = cls.__new__(cls)
        engine = Engine(daemon)
        await engine.start_async()
        same.base_path, same.config = engine.greeting["base"], config_of(None)
        same._attach(engine)
        return same

    def _attach(self, engine: Engine) -> None:
        self._engine = engine
        # What hooks are given, also by the twins of this class.
        engine.face = engine.face or AsyncWorkspace
        self.workspace = AsyncWorkspaces(engine)
        self.workspaces = self.workspace
        self.audit = AsyncAuditLog(engine, None)
        self.storage = AsyncStorage(engine)
        self.hooks: Hooks = engine.hooks

    @classmethod
    def of(cls, other: Any) -> "AsyncAgentFS":
        """The same project with the same engine, as an object of this class."""
        same = cls.__new__(cls)
        same.base_path, same.config = other.base_path, other.config
        same._options = getattr(other, "_options", ())
        same._attach(other._engine)
        return same

    async def log(self, path: Optional[str] = None, *, limit: int = 20) -> List[CommitResult]:
        """Lists the commits into the project, newest first, of all workspaces.

        Args:
            path: Only those that changed this path, or below it.
        """
        params = given(path=path, limit=limit)
        answer = await self._engine.ask_async("workspace.log", params)
        return [CommitResult.read(each) for each in answer["commits"]]

    async def revert(
        self,
        commit: str,
        *,
        message: Optional[str] = None,
        author: Optional[str] = None,
        on_conflict: str = "fail",
    ) -> CommitResult:
        """Takes a commit back in the project, by a commit of its own.

        Args:
            commit: Its hash, or seven or more of the first digits.

        Raises:
            AgentFSError: COMMIT_NOT_FOUND.
            CommitError: CONFLICT, with ``conflicts``.
        """
        params = given(commit=commit, message=message, author=author, on_conflict=on_conflict)
        return CommitResult.read(await self._engine.ask_async("workspace.revert", params))

    async def explore(
        self,
        candidates: Candidates,
        *,
        base: Optional[str] = None,
        judge: Optional[Command] = None,
        first_success: bool = False,
        concurrency: int = 4,
        timeout: Optional[float] = None,
        keep: str = "best",
        commit: Optional[str] = None,
    ) -> Exploration:
        """Runs commands in a workspace each, judges what came of them, and keeps the best.

        Args:
            candidates: Commands, or a mapping of names to commands; they find their names in
                AGENTFS_CANDIDATE, and their numbers in AGENTFS_CANDIDATE_NUMBER.
            base: A workspace or snapshot to start from; default the project.
            judge: Runs in each: status 0 passes, a number on the last line is the score.
            first_success: Ends the others when one has succeeded.
            concurrency: How many at a time.
            timeout: Seconds for each.
            keep: ``best``, ``all`` or ``none``; the others are dropped.
            commit: Lands the best one in the project under this message.
        """
        params = given(
            candidates=candidates_for(candidates),
            base=base,
            judge=None if judge is None else words_of(judge),
            first_success=first_success,
            concurrency=concurrency,
            timeout_ms=None if timeout is None else max(int(timeout * 1000), 1),
            keep=keep,
            commit=commit,
        )
        return Exploration.read(await self._engine.ask_async("explore.run", params))

    async def exploration(self, id: str) -> List[Candidate]:
        """The candidates of an exploration that have workspaces, best first."""
        answer = await self._engine.ask_async("explore.status", {"exploration": id})
        return [Candidate.read(each) for each in answer["candidates"]]

    async def choose(self, exploration: str, candidate: Optional[str] = None) -> Optional[str]:
        """Keeps the workspace of one candidate, or of none, and drops the others.

        Returns:
            The name of the workspace.
        """
        params = given(exploration=exploration, candidate=candidate)
        kept = (await self._engine.ask_async("explore.choose", params)).get("workspace")
        return None if kept is None else str(kept["name"])

    async def capabilities(self) -> List[StrategyInfo]:
        """In which ways this machine can run commands, and what it cannot keep them from."""
        answer = await self._engine.ask_async("store.capabilities", {})
        return [StrategyInfo.read(each) for each in answer["strategies"]]

    async def gc(self, *, dry_run: bool = False) -> Collected:
        """Removes what nothing refers to any more; with ``dry_run`` only says what that is."""
        params = {"dryRun": dry_run}
        return Collected.read(await self._engine.ask_async("storage.collect", params))

    async def verify(self, *, read_data: Union[bool, float, None] = None) -> VerifyReport:
        """Checks every object, tree and reference of the store.

        Args:
            read_data: False leaves the contents out, a number samples that part of them.
        """
        params = given(read_data=read_data)
        return VerifyReport.read(await self._engine.ask_async("store.verify", params))

    async def adopt(self, *, dry_run: bool = True) -> Adoption:
        """Takes over a store that came along with its project, with what was switched off in it.

        Args:
            dry_run: Only says what there is.
        """
        return Adoption.read(await self._engine.ask_async("store.adopt", {"dryRun": dry_run}))

    async def doctor(self) -> List[Finding]:
        """Looks for what an accident may have left, and says what to do about it."""
        answer = await self._engine.ask_async("store.doctor", {})
        return [Finding.read(each) for each in answer["findings"]]

    def on(self, name: str, listener: Listener) -> Callable[[], None]:
        """Calls a function at each event of a name, in a thread of its own.

        Args:
            name: ``change``, ``conflict``, ``progress``, ``error``, ``sync``, ``run``, ``commit``,
                ``workspace_create``, ``workspace_delete``, ``snapshot_create`` or
                ``snapshot_restore``.
            listener: Gets the event.

        Returns:
            The function that ends that.
        """
        return self._engine.listeners.add(name, listener)

    async def close(self) -> None:
        """Ends the engine, which stops what is still running; what that has changed is kept."""
        await self._engine.close_async()

    async def __aenter__(self) -> "AsyncAgentFS":
        return self

    async def __aexit__(self, *_: Any) -> None:
        await self.close()

    def __reduce__(self) -> Tuple[Any, ...]:
        place = self._engine.place
        if isinstance(place, Daemon):
            return (_elsewhere, (type(self), self.base_path, place))
        return (_again, (type(self), self.base_path, self.config, self._options))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.base_path!r})"


def _again(kind: Any, base_path: str, config: Config, options: Tuple[Any, ...]) -> Any:
    """An AgentFS in another process, which has an engine of its own."""
    agent_id, session_id, author, profile, read_only = options
    return kind(
        base_path,
        config,
        agent_id=agent_id,
        session_id=session_id,
        author=author,
        profile=profile,
        read_only=read_only,
    )


def _elsewhere(kind: Any, base_path: str, daemon: Daemon) -> Any:
    """An AgentFS in another process, which connects with its first call."""
    same = kind.__new__(kind)
    same.base_path, same.config = base_path, config_of(None)
    same._attach(Engine(daemon))
    return same
