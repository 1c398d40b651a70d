"""One running engine: the thread that reads from it, and what is open between us."""

import contextlib
import threading
from typing import Any, Callable, Dict, Mapping, Optional

from ._channel import Channel
from ._error_classes import error_of
from ._frames import FrameReader, frame
from ._pending import OnOutput, Pending
from .errors import AgentFSError, EngineDiedError

OnEvent = Callable[[Mapping[str, Any]], None]

# The engine takes 1,024 requests at a time, and then reads no more: what it is told besides, such
# as that a request is cancelled, has to get through all the same.
_MOST_OPEN = 1000
_SECONDS_TO_END = 10.0


class Connection:
    """Speaks to an engine over its channel. Threads may share it."""

    def __init__(self, channel: Channel, on_event: OnEvent) -> None:
        self._channel = channel
        self._on_event = on_event
        self._open: Dict[int, Pending] = {}
        self._numbers = 0
        self._guard = threading.Lock()
        self._writing = threading.Lock()
        self._room = threading.BoundedSemaphore(_MOST_OPEN)
        self._death: Optional[AgentFSError] = None
        self._is_closing = False
        self._reader = threading.Thread(target=self._read, name="agentfs-reader", daemon=True)
        self._reader.start()

    @property
    def is_alive(self) -> bool:
        """Whether requests may be sent."""
        return self._death is None and not self._is_closing

    @property
    def pid(self) -> Optional[int]:
        """The engine's process, if we have started it."""
        return self._channel.pid

    def has_room(self) -> bool:
        """Whether a request could be sent without waiting for others to be answered."""
        return len(self._open) < _MOST_OPEN // 2

    def send(
        self, method: str, params: Mapping[str, Any], on_output: Optional[OnOutput] = None
    ) -> Pending:
        """Sends a request; its answer, or the death of the engine, settles what is returned."""
        pending = Pending(method, on_output)
        self._room.acquire()
        with self._guard:
            self._numbers += 1
            pending.number = number = self._numbers
            is_dead = self._death is not None
            if not is_dead:
                self._open[number] = pending
        if is_dead:
            self._room.release()
            pending.settle(None, self._death)
            return pending
        self._write({"jsonrpc": "2.0", "id": number, "method": method, "params": params})
        return pending

    def cancel(self, pending: Pending) -> None:
        """Asks the engine to stop a request, which is answered all the same."""
        if not pending.is_done:
            self.tell("$/cancel", {"id": pending.number})

    def tell(self, method: str, params: Mapping[str, Any]) -> None:
        """Tells the engine something that needs no answer."""
        self._write({"jsonrpc": "2.0", "method": method, "params": params})

    def close(self) -> None:
        """Ends the engine, which stops what is still running, and waits for that."""
        self.end_input()
        if threading.current_thread() is not self._reader:
            self._reader.join(_SECONDS_TO_END)
            if self._reader.is_alive():
                self._channel.kill()
                self._reader.join(_SECONDS_TO_END)

    def end_input(self) -> None:
        """Lets the engine end, without waiting for it."""
        self._is_closing = True
        with contextlib.suppress(OSError), self._writing:
            self._channel.end_input()

    def drop_after_fork(self) -> None:
        """Lets go of what belongs to the process that was forked."""
        self._channel.drop_after_fork()
        self._writing = threading.Lock()
        self._guard = threading.Lock()
        self._death = EngineDiedError(
            "The engine belongs to the process that this one was forked from.",
            code="ENGINE_DIED",
            hint="Open the stream anew in this process.",
        )
        self._open.clear()

    def _write(self, message: Mapping[str, Any]) -> None:
        data = memoryview(frame(message))
        # The reader tells of a death, with more than is known here.
        with contextlib.suppress(OSError, ValueError), self._writing:
            while len(data) > 0:
                data = data[self._channel.write(data) :]

    def _read(self) -> None:
        frames = FrameReader()
        problem = ""
        try:
            while True:
                piece = self._channel.read()
                if not piece:
                    break
                for message in frames.feed(piece):
                    self._take(message)
        except ValueError as error:
            problem = f" It said what is no message: {error}"
            self._channel.kill()
        self._end(problem)

    def _take(self, message: Mapping[str, Any]) -> None:
        method = message.get("method")
        if method is None:
            self._answer(message)
        elif method == "$/output":
            params = message["params"]
            pending = self._open.get(params["id"])
            if pending is not None and pending.on_output is not None:
                pending.on_output(params["text"])
        elif method == "$/event":
            self._on_event(message["params"])

    def _answer(self, message: Mapping[str, Any]) -> None:
        pending = self._forget(message.get("id"))
        if pending is None:
            return
        error = message.get("error")
        if error is None:
            pending.settle(message["result"])
        else:
            data = error.get("data") or {}
            pending.settle(None, error_of(error["message"], data, pending.method))

    def _forget(self, number: Any) -> Optional[Pending]:
        with self._guard:
            pending = self._open.pop(number, None)
        if pending is not None:
            self._room.release()
        return pending

    def _end(self, problem: str) -> None:
        # Nothing is written any more once the channel is closed.
        self.end_input()
        death = self._channel.end(problem)
        with self._guard:
            self._death = death
            left = list(self._open.values())
            self._open.clear()
        for pending in left:
            pending.settle(None, death)
            self._room.release()

    def said(self) -> str:
        """What the engine has said for people, which is nothing when all is well."""
        return self._channel.said()
