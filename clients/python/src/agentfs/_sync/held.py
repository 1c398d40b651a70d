"""What is held open in a workspace: processes, sessions of commands, watches of changes."""
# Made by scripts/twins.py: change _async, and run that.

from datetime import datetime
from typing import Any, Dict, List, Mapping, Optional, Union

from .._engine import Engine
from .._error_classes import error_of
from .._record import given, time_of
from ..changes import ChangeNotice
from ..commands import Checkpoint, Command, RunResult, start_params, words_of
from ..files import PathLike
from ..output import DEFAULT_OUTPUT

_LONGEST_WAIT = 60.0


class Process:
    """A command that goes on, such as a server. What it changes counts when it has ended.

    Its block stops it at the end. It ends with the AgentFS that has started it, too.

    Attributes:
        pid: Of its first process.
        command: What was started.
        started_at: In UTC.
    """

    def __init__(self, engine: Engine, answer: Mapping[str, Any]) -> None:
        self._engine = engine
        self._id: str = answer["process"]
        self._cursor = 0
        self._unread = ""
        self._state: Mapping[str, Any] = answer
        self.pid: int = answer["pid"]
        self.command: Command = answer["command"]
        self.started_at: datetime = time_of(answer["startedAt"])

    @property
    def is_running(self) -> bool:
        """Whether it had not ended when the engine was asked last."""
        return bool(self._state["state"] == "running")

    def read(self, wait: float = 0.0) -> str:
        """What it has printed since the last call, of both outputs.

        Args:
            wait: Seconds to wait for something when there is nothing yet.
        """
        if not self._unread:
            self._take(wait)
        text, self._unread = self._unread, ""
        return text

    def write(self, data: Union[str, bytes], *, end: bool = False) -> None:
        """Sends it something to read.

        Args:
            data: With the line end that it waits for.
            end: Says that nothing more will come.
        """
        import base64

        content = data if isinstance(data, str) else base64.b64encode(data).decode("ascii")
        encoding = "utf8" if isinstance(data, str) else "base64"
        params = {"process": self._id, "content": content, "encoding": encoding, "end": end}
        self._engine.ask("process.input", params)

    def wait(self) -> RunResult:
        """Waits for its end; ``stdout`` of the result is what ``read`` would have given.

        Raises:
            StorageError: when what it has changed could not be stored.
        """
        while self.is_running:
            self._take(_LONGEST_WAIT)
        while self._take(0.0):
            pass
        return self._result()

    def stop(self, signal: str = "SIGTERM", *, grace: float = 5.0) -> RunResult:
        """Ends it, by force if need be.

        Args:
            signal: What it gets first: ``SIGTERM``, ``SIGINT``, ``SIGHUP`` or ``SIGKILL``.
            grace: Seconds until it is killed.
        """
        params = {"process": self._id, "signal": signal, "graceMs": int(grace * 1000)}
        self._state = self._engine.ask("process.stop", params)
        return self.wait()

    def _take(self, wait: float) -> bool:
        wait_ms = int(min(wait, _LONGEST_WAIT) * 1000)
        params = {"process": self._id, "cursor": self._cursor, "waitMs": wait_ms}
        self._state = answer = self._engine.ask("process.output", params)
        self._cursor = answer["cursor"]
        self._unread += answer["text"]
        return bool(answer["text"])

    def _result(self) -> RunResult:
        problem = self._state.get("error")
        if problem is not None:
            raise error_of(problem["message"], problem)
        text, self._unread = self._unread, ""
        said = {"stdout": text, "stderr": "", "command": self.command}
        return RunResult.read({**self._state["end"], **said})

    def __enter__(self) -> "Process":
        return self

    def __exit__(self, *_: Any) -> None:
        if self.is_running:
            self.stop()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.command!r}, pid={self.pid})"


class Session:
    """Several commands in one set-up, each in the files that those before it have left.

    For its block the workspace is set up once, so that a command takes milliseconds. What they
    change is in the workspace after a checkpoint, of which the end of the block takes the last.
    """

    def __init__(self, engine: Engine, params: Mapping[str, Any]) -> None:
        self._engine = engine
        self._params = params
        self._id = ""

    def run(
        self,
        command: Command,
        *,
        env: Optional[Mapping[str, str]] = None,
        workdir: Optional[PathLike] = None,
        input: Optional[str] = None,
        timeout: Optional[float] = None,
        check: bool = False,
        max_output: int = DEFAULT_OUTPUT,
    ) -> RunResult:
        """Runs a command to its end; its arguments are those of ``Workspace.run``."""
        params = given(session=self._id, input=input, max_output_bytes=max_output)
        params.update(start_params(env, workdir, timeout), command=words_of(command))
        answer = self._engine.ask("session.run", params)
        result = RunResult.read({**answer, "command": command})
        if check:
            result.check_returncode()
        return result

    def checkpoint(self) -> Checkpoint:
        """Takes what the commands have changed into the workspace, as one step.

        Raises:
            StorageError: when that could not be stored: the workspace is as it was.
        """
        answer = self._engine.ask("session.checkpoint", {"session": self._id})
        return Checkpoint.read(answer)

    def close(self, *, discard: bool = False) -> Checkpoint:
        """Takes a last checkpoint, and gives the workspace free.

        Args:
            discard: Drops what was changed since the checkpoint before instead.
        """
        params = {"session": self._id, "discard": discard}
        self._id, answer = "", self._engine.ask("session.close", params)
        return Checkpoint.read(answer)

    def __enter__(self) -> "Session":
        answer = self._engine.ask("session.open", self._params)
        self._id = answer["session"]
        return self

    def __exit__(self, *_: Any) -> None:
        if self._id:
            self.close()


class Watch:
    """The changes of a workspace while they happen, of which it takes note in its block.

    Iterating it waits for the next one, and ends when the workspace is deleted.
    """

    def __init__(self, engine: Engine, params: Mapping[str, Any]) -> None:
        self._engine = engine
        self._params = params
        self._id = ""
        self._is_over = False
        self._ready: List[ChangeNotice] = []

    def read(self, wait: float = 0.0) -> List[ChangeNotice]:
        """The changes since the last call.

        Args:
            wait: Seconds to wait for some when there are none.
        """
        params = {"watch": self._id, "waitMs": int(min(wait, _LONGEST_WAIT) * 1000)}
        answer = self._engine.ask("watch.read", params)
        self._is_over = answer["isOver"]
        return [ChangeNotice.read(each) for each in answer["changes"]]

    def close(self) -> None:
        """Ends it."""
        params: Dict[str, Any] = {"watch": self._id}
        self._id = ""
        self._engine.ask("watch.close", params)

    def __iter__(self) -> "Watch":
        return self

    def __next__(self) -> ChangeNotice:
        while not self._ready:
            if self._is_over:
                raise StopIteration
            self._ready = self.read(_LONGEST_WAIT)
        return self._ready.pop(0)

    def __enter__(self) -> "Watch":
        self._id = (self._engine.ask("watch.open", self._params))["watch"]
        return self

    def __exit__(self, *_: Any) -> None:
        if self._id:
            self.close()
