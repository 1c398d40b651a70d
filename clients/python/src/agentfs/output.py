"""The output of a command, line by line while it comes."""

import queue
from types import TracebackType
from typing import Any, AsyncIterator, Dict, Iterator, Optional, Type

from ._connection import Connection
from ._engine import Engine, in_thread, settled
from ._pending import Pending
from .commands import Command, RunResult

# What a command may print, of each output, without being told otherwise.
DEFAULT_OUTPUT = 10 * 1024 * 1024

_TAKEN_AT_ONCE = 64
_END = object()


class _Lines:
    """What both kinds of streams know."""

    def __init__(self, engine: Engine, command: Command, params: Dict[str, Any], check: bool):
        self._engine = engine
        self._command = command
        self._params = {**params, "stream": True}
        self._check = check
        self._connection: Optional[Connection] = None
        self._pending: Optional[Pending] = None
        self._taken = 0

    def _count(self) -> None:
        self._taken += 1
        if self._taken % _TAKEN_AT_ONCE == 0 and self._pending and self._connection:
            params = {"id": self._pending.number, "count": _TAKEN_AT_ONCE}
            self._connection.tell("$/taken", params)

    def _let_go(self) -> None:
        """Lets the command go on although nobody takes its output any more."""
        if self._pending and self._connection and not self._pending.is_done:
            self._connection.tell("$/taken", {"id": self._pending.number, "count": 1 << 30})

    def _ended(self, pending: Pending) -> RunResult:
        result = RunResult.read({**pending.result(), "command": self._command})
        if self._check:
            result.check_returncode()
        return result

    def __del__(self) -> None:
        if self._pending is not None and self._connection is not None:
            self._connection.cancel(self._pending)


class RunStream(_Lines):
    """The lines that a command prints, with their ends, of both its outputs.

    The command runs from the start; leaving the ``with`` block, or dropping the stream, stops it.
    """

    def __init__(self, engine: Engine, command: Command, params: Dict[str, Any], check: bool):
        super().__init__(engine, command, params, check)
        self._queue: queue.SimpleQueue[Any] = queue.SimpleQueue()
        put = self._queue.put
        self._connection = engine.connection()
        self._pending = self._connection.send("command.run", self._params, put)
        self._pending.when_done(lambda: put(_END))
        self._is_over = False

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if not self._is_over:
            try:
                line = self._queue.get()
            except BaseException:
                self.close()
                raise
            if line is not _END:
                self._count()
                return str(line)
            self._is_over = True
            self.wait()
        raise StopIteration

    def wait(self) -> RunResult:
        """Waits for the end of the command, and gives its result.

        Raises:
            CommandError: COMMAND_FAILED or COMMAND_TIMEOUT, with ``check``.
        """
        assert self._pending is not None
        self._let_go()
        try:
            self._pending.wait()
        except BaseException:
            self.close()
            raise
        return self._ended(self._pending)

    def close(self) -> None:
        """Stops the command unless it has ended, and waits for that."""
        self._is_over = True
        if self._pending is not None and self._connection is not None:
            self._connection.cancel(self._pending)
            self._pending.wait()

    def __enter__(self) -> "RunStream":
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()


class AsyncRunStream(_Lines):
    """The lines that a command prints, with their ends, of both its outputs.

    The command runs from the first line that is asked for; leaving the ``async with`` block, or
    dropping the stream, stops it.
    """

    def __init__(self, engine: Engine, command: Command, params: Dict[str, Any], check: bool):
        super().__init__(engine, command, params, check)
        self._queue: Any = None
        self._is_over = False

    async def _begin(self) -> None:
        import asyncio

        if self._pending is not None:
            return
        lines: asyncio.Queue[Any] = asyncio.Queue()
        loop = asyncio.get_running_loop()

        def put(line: Any) -> None:
            # The loop may have ended meanwhile.
            if not loop.is_closed():
                loop.call_soon_threadsafe(lines.put_nowait, line)

        self._queue = lines
        self._connection = await in_thread(self._engine.connection)
        self._pending = self._connection.send("command.run", self._params, put)
        self._pending.when_done(lambda: put(_END))

    def __aiter__(self) -> AsyncIterator[str]:
        return self

    async def __anext__(self) -> str:
        if not self._is_over:
            await self._begin()
            try:
                line = await self._queue.get()
            except BaseException:
                await self.aclose()
                raise
            if line is not _END:
                self._count()
                return str(line)
            self._is_over = True
            await self.wait()
        raise StopAsyncIteration

    async def wait(self) -> RunResult:
        """Waits for the end of the command, and gives its result.

        Raises:
            CommandError: COMMAND_FAILED or COMMAND_TIMEOUT, with ``check``.
        """
        await self._begin()
        assert self._pending is not None and self._connection is not None
        self._let_go()
        await settled(self._connection, self._pending)
        return self._ended(self._pending)

    async def aclose(self) -> None:
        """Stops the command unless it has ended, and waits for that."""
        self._is_over = True
        if self._pending is not None and self._connection is not None:
            self._connection.cancel(self._pending)
            await settled(self._connection, self._pending)

    async def __aenter__(self) -> "AsyncRunStream":
        await self._begin()
        return self

    async def __aexit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        await self.aclose()
