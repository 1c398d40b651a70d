"""Commands that have run: what they printed, changed and were kept from."""

import signal as signals
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import Any, Dict, List, Mapping, Optional, Sequence, Union

from ._record import Record, given, list_of, told
from .changes import Change, Conflict
from .errors import CommandError, CommandTimeoutError
from .files import PathLike, path_text

Command = Union[str, Sequence[str]]


@dataclass(eq=False, repr=False)
class Limits(Record):
    """Bounds of commands; what is None is not bounded.

    Attributes:
        memory_bytes: Of all processes together.
        cpu_seconds: Of each process.
        disk_bytes: That the command may write.
        runtime: Seconds.
        output_bytes: That the command may print.
    """

    memory_bytes: Optional[int] = None
    processes: Optional[int] = None
    cpu_seconds: Optional[int] = None
    disk_bytes: Optional[int] = None
    runtime: Optional[float] = told(lambda ms: ms / 1000, wire="runtimeMs")
    output_bytes: Optional[int] = None


def limits_for(limits: Union[Limits, Mapping[str, Any], None]) -> Optional[Dict[str, Any]]:
    """Limits as the engine takes them."""
    if limits is None:
        return None
    own = limits if isinstance(limits, Limits) else Limits(**limits)
    values: Dict[str, Any] = {}
    for each in fields(own):
        value = getattr(own, each.name)
        if each.name == "runtime" and value is not None:
            values["runtimeMs"] = int(value * 1000)
        elif value is not None:
            head, _, tail = each.name.partition("_")
            values[head + tail.capitalize()] = value
    return values


def words_of(command: Command) -> Any:
    """A command as the engine takes it."""
    return command if isinstance(command, str) else list(command)


def start_params(
    env: Optional[Mapping[str, str]], workdir: Optional[PathLike], timeout: Optional[float]
) -> Dict[str, Any]:
    """How any command is started."""
    if timeout is not None and not timeout >= 0:
        raise ValueError(f"timeout must be seconds from 0, not {timeout!r}.")
    return given(
        env=None if env is None else dict(env),
        workdir=None if workdir is None else path_text(workdir),
        timeout_ms=None if timeout is None else max(int(timeout * 1000), 1),
    )


def wait_ms(wait: Optional[float]) -> Optional[int]:
    """Seconds to wait for other commands, as the engine takes them."""
    if wait is not None and not wait >= 0:
        raise ValueError(f"wait must be seconds from 0, not {wait!r}.")
    return None if wait is None else int(wait * 1000)


@dataclass(eq=False, repr=False)
class RunWarning(Record):
    """Something that a command left, and that a workspace cannot keep."""

    path: str
    kind: str
    message: str


@dataclass(eq=False, repr=False)
class Ignored(Record):
    """What was done to content that is not versioned: private to the workspace, never committed.

    Attributes:
        paths: The top-most ones.
        removed: Those of them that are not there any more.
        files: How many were written, with so many ``bytes``.
    """

    paths: List[str] = told(default=[])
    removed: List[str] = told(default=[])
    files: int = 0
    bytes: int = 0


@dataclass(eq=False, repr=False)
class Checkpoint(Record):
    """What came into a workspace at a checkpoint of a session; as of ``RunResult``."""

    changes: List[Change] = list_of(Change)
    change_count: int = 0
    discarded: bool = False
    operation_id: Optional[int] = None
    conflicts: List[Conflict] = list_of(Conflict)
    conflict_snapshot: Optional[str] = None
    ignored: Optional[Ignored] = told(Ignored.read)
    warnings: List[RunWarning] = list_of(RunWarning)


@dataclass(eq=False, repr=False)
class RunResult(Record):
    """A command that has ended, as ``subprocess.CompletedProcess`` tells it, and what it changed.

    Attributes:
        returncode: Exit status; minus the number of the signal that ended it.
        stdout: What it printed, up to ``max_output`` bytes.
        truncated: Whether it printed more than that.
        changes: What it changed in the workspace, by path; the first 1,000.
        change_count: All of them.
        discarded: Whether the changes were dropped.
        operation_id: The step that ``undo`` takes back; None when nothing changed.
        conflicts: Where the workspace was changed meanwhile, and keeps that.
        conflict_snapshot: Snapshot that has the side of the command in each conflict.
        ignored: What it did to content that is not versioned; None for nothing.
        strategy: ``overlay`` or ``directory``.
        isolation: What the command was kept from, in words.
    """

    command: Command
    stdout: str
    stderr: str
    exit_code: Optional[int] = None
    signal: Optional[str] = None
    failed: bool = False
    timed_out: bool = False
    aborted: bool = False
    duration: timedelta = told(lambda ms: timedelta(milliseconds=ms), "durationMs", timedelta())
    truncated: bool = False
    changes: List[Change] = list_of(Change)
    change_count: int = 0
    discarded: bool = False
    operation_id: Optional[int] = None
    conflicts: List[Conflict] = list_of(Conflict)
    conflict_snapshot: Optional[str] = None
    ignored: Optional[Ignored] = told(Ignored.read)
    command_id: str = ""
    strategy: str = ""
    isolation: str = ""
    warnings: List[RunWarning] = list_of(RunWarning)

    @property
    def returncode(self) -> int:
        """Exit status; minus the number of the signal that ended the command."""
        if self.exit_code is not None:
            return self.exit_code
        number = getattr(signals, self.signal or "", None)
        return -1 if number is None else -int(number)

    @property
    def args(self) -> Command:
        """The command, as ``subprocess`` calls it."""
        return self.command

    def check_returncode(self) -> None:
        """Raises an error, with this result in it, unless the command did well.

        Raises:
            CommandTimeoutError: COMMAND_TIMEOUT when it ran into its timeout.
            CommandError: COMMAND_FAILED when it exited otherwise than with status 0.
        """
        if not self.failed and self.returncode == 0:
            return
        kind = CommandTimeoutError if self.timed_out else CommandError
        error = kind(
            f"The command {self.command!r} {self._end()}.",
            code="COMMAND_TIMEOUT" if self.timed_out else "COMMAND_FAILED",
            hint="See result.stderr; undo() takes back what the command changed.",
            details={"exit_code": self.exit_code, "signal": self.signal},
        )
        error.result = self
        raise error

    def _end(self) -> str:
        if self.timed_out:
            return f"was ended by its timeout after {self.duration.total_seconds():.1f} s"
        if self.aborted:
            return "was stopped"
        return f"was ended by {self.signal}" if self.signal else f"exited with {self.returncode}"
