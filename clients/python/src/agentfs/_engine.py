"""The engine of one project: there with the first call, and again after it has died."""

import atexit
import contextlib
import os
import threading
import weakref
from typing import Any, Callable, Dict, List, Mapping, Optional, Union

from ._connection import Connection
from ._daemon import Daemon
from ._log import log
from ._own_engine import OwnEngine
from ._pending import OnOutput, Pending
from ._record import given
from .events import Listeners
from .hooks import Hooks
from .state import WorkspaceState

_OUTPUT_WINDOW = 256
_SECONDS_TO_STOP = 10.0
_LARGE_PARAMS = 64 * 1024


class Engine:
    """Asks the operations of docs/OPERATIONS.md, for threads and for coroutines."""

    def __init__(self, place: Union[OwnEngine, Daemon]) -> None:
        self.place = place
        # What it has said of itself, when it was started last.
        self.greeting: Mapping[str, Any] = {}
        self.hooks = Hooks()
        self.face: Optional[Callable[[Engine, WorkspaceState], Any]] = None
        self.listeners = Listeners(weakref.WeakMethod(self._subscribe))
        self._connection: Optional[Connection] = None
        self._starting = threading.RLock()
        _engines.add(self)

    @property
    def pid(self) -> Optional[int]:
        """The process of the engine, while one is running."""
        connection = self._connection
        return connection.pid if connection is not None and connection.is_alive else None

    def connection(self) -> Connection:
        """The running engine, which is started unless it runs.

        Raises:
            EngineNotFoundError: ENGINE_NOT_FOUND.
            DaemonUnreachableError: DAEMON_UNREACHABLE.
            AgentFSError: BASE_NOT_FOUND, CONFIG_INVALID, STORE_... as the engine says.
        """
        connection = self._connection
        if connection is not None and connection.is_alive:
            return connection
        with self._starting:
            connection = self._connection
            if connection is None or not connection.is_alive:
                self._connection = connection = self._start()
            return connection

    def send(
        self, method: str, params: Mapping[str, Any], on_output: Optional[OnOutput] = None
    ) -> Pending:
        """Sends a request and does not wait for its answer."""
        return self.connection().send(method, params, on_output)

    def ask(self, method: str, params: Mapping[str, Any]) -> Any:
        """Calls an operation; Ctrl-C stops it first, and then interrupts."""
        connection = self.connection()
        pending = connection.send(method, params)
        try:
            pending.wait()
        except BaseException:
            connection.cancel(pending)
            pending.wait(_SECONDS_TO_STOP)
            raise
        return pending.result()

    async def ask_async(self, method: str, params: Mapping[str, Any]) -> Any:
        """Calls an operation; a task that is cancelled stops it first."""
        connection = self._connection
        is_large = len(params.get("content") or "") > _LARGE_PARAMS
        if connection is None or not connection.is_alive:
            connection = await in_thread(self.connection)
        if is_large or not connection.has_room():
            pending: Pending = await in_thread(connection.send, method, params)
        else:
            pending = connection.send(method, params)
        await settled(connection, pending)
        return pending.result()

    def start(self) -> None:
        """Starts the engine, or connects to it, unless it runs."""
        self.connection()

    async def start_async(self) -> None:
        """The same, while the event loop goes on."""
        await in_thread(self.connection)

    def close(self) -> None:
        """Ends the engine; the next call would start it again."""
        with self._starting:
            connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()
            _tell_of(connection)
        self.listeners.close()

    async def close_async(self) -> None:
        """The same, while the event loop goes on."""
        await in_thread(self.close)

    def presented(self, state: WorkspaceState) -> Any:
        """A workspace as hooks get it: of the kind that the AgentFS has."""
        return None if self.face is None else self.face(self, state)

    def _start(self) -> Connection:
        with self.place.opened() as channel:
            connection = Connection(channel, self.listeners.take)
            try:
                pending = connection.send("initialize", self._hello())
                pending.wait()
                self.greeting = pending.result()
            except BaseException:
                connection.end_input()
                raise
        _tell_of(connection)
        return connection

    def _hello(self) -> Dict[str, Any]:
        return given(
            client={"name": "agentfs-python"},
            events=sorted(self.listeners.wanted),
            output_window=_OUTPUT_WINDOW,
        )

    def _subscribe(self) -> None:
        connection = self._connection
        if connection is not None and connection.is_alive:
            connection.send("initialize", self._hello()).wait()

    def _after_fork(self) -> None:
        self._starting = threading.RLock()
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.drop_after_fork()
        self.listeners.restart()

    def __reduce__(self) -> Any:
        # Another process starts one of its own, or connects anew.
        return (Engine, (self.place,))

    def __del__(self) -> None:
        connection = getattr(self, "_connection", None)
        if connection is not None:
            connection.end_input()


async def settled(connection: Connection, pending: Pending) -> None:
    """Waits for an answer; being cancelled stops the request first."""
    import asyncio

    loop = asyncio.get_running_loop()
    arrived = asyncio.Event()

    def wake() -> None:
        # The loop may have ended meanwhile.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(arrived.set)

    pending.when_done(wake)
    try:
        await arrived.wait()
    except BaseException:
        connection.cancel(pending)
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(arrived.wait(), _SECONDS_TO_STOP)
        raise


async def in_thread(function: Any, *args: Any) -> Any:
    """Calls what may take its time in a thread of the event loop."""
    import asyncio

    return await asyncio.get_running_loop().run_in_executor(None, function, *args)


def _tell_of(connection: Connection) -> None:
    said: List[str] = connection.said().splitlines()
    for line in said:
        log().warning(line)


_engines: "weakref.WeakSet[Engine]" = weakref.WeakSet()


def _close_all() -> None:
    for engine in list(_engines):
        engine.close()


def _forget_all() -> None:
    for engine in list(_engines):
        engine._after_fork()


atexit.register(_close_all)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_all)
