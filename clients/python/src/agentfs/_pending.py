"""A request that was sent, and its answer once that is there."""

import threading
from typing import Any, Callable, List, Optional

from .errors import AgentFSError

Answer = Any
OnOutput = Callable[[str], None]


class Pending:
    """Is settled once, by the thread that reads; any thread may wait for it."""

    def __init__(self, method: str, on_output: Optional[OnOutput] = None) -> None:
        self.method = method
        self.number = 0
        self.on_output = on_output
        self._answer: Answer = None
        self._error: Optional[AgentFSError] = None
        self._callbacks: List[Callable[[], None]] = []
        self._guard = threading.Lock()
        self._is_done = False
        # Cheaper than an Event, and there is one of these for each call.
        self._done = threading.Lock()
        self._done.acquire()

    @property
    def is_done(self) -> bool:
        """Whether there is an answer."""
        return self._is_done

    def settle(self, answer: Answer, error: Optional[AgentFSError] = None) -> None:
        """Takes the answer, and wakes those who wait; a second one counts no more."""
        with self._guard:
            if self._is_done:
                return
            self._answer, self._error, self._is_done = answer, error, True
            callbacks, self._callbacks = self._callbacks, []
        self._done.release()
        for callback in callbacks:
            callback()

    def when_done(self, callback: Callable[[], None]) -> None:
        """Calls back once it is settled, in the thread that settles it, or at once."""
        with self._guard:
            if not self._is_done:
                self._callbacks.append(callback)
                return
        callback()

    def wait(self, timeout: float = -1) -> bool:
        """Waits until it is settled, or so many seconds; returns whether it is."""
        if self._done.acquire(timeout=timeout):
            self._done.release()
            return True
        return False

    def result(self) -> Answer:
        """The answer, or raises the error; only for one that is settled."""
        if self._error is not None:
            raise self._error
        return self._answer
