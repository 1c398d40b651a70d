"""The bytes between us and an engine: of a process that we started, or of a daemon's socket."""

import contextlib
import json
import os
from typing import TYPE_CHECKING, Dict, List, Optional, Union

from ._error_classes import error_of
from .errors import AgentFSError, EngineDiedError

if TYPE_CHECKING:
    import socket

_READ_BYTES = 256 * 1024
_TOLD_AT_DEATH = 2000


class ProcessChannel:
    """An engine that we have started, by its input and output."""

    def __init__(self, command: List[str], environment: Dict[str, str]) -> None:
        # Only a program that calls something needs these, and they take a while to import.
        import subprocess
        import tempfile

        self._command = command
        self._last_words = ""
        self._said = tempfile.TemporaryFile()  # noqa: SIM115
        # In a session of its own, so that Ctrl-C in a terminal reaches us alone.
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._said,
            env=environment,
            bufsize=0,
            start_new_session=True,
        )

    @property
    def pid(self) -> Optional[int]:
        """Its process."""
        return self._process.pid

    def read(self) -> bytes:
        """What comes next; nothing at the end."""
        stdout = self._process.stdout
        return (stdout.read(_READ_BYTES) or b"") if stdout is not None else b""

    def write(self, data: memoryview) -> int:
        """Writes some of it; returns how much."""
        stdin = self._process.stdin
        if stdin is None:
            raise ValueError("The engine has no input.")
        return stdin.write(data) or 0

    def end_input(self) -> None:
        """Lets the engine end."""
        if self._process.stdin is not None:
            self._process.stdin.close()

    def kill(self) -> None:
        """Ends the engine at once."""
        self._process.kill()

    def end(self, problem: str) -> AgentFSError:
        """Waits until it has ended, and says why it has."""
        status = self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._last_words = self.said()
        self._said.close()
        return self._cause(status, problem)

    def said(self) -> str:
        """What it has said for people."""
        with contextlib.suppress(ValueError, OSError):
            size = os.fstat(self._said.fileno()).st_size
            # A descriptor of its own would share the position that the engine writes at.
            data = os.pread(self._said.fileno(), min(size, 65536), max(size - 65536, 0))
            return data.decode("utf-8", "replace").strip()
        return self._last_words

    def drop_after_fork(self) -> None:
        """Lets go of what belongs to the process that was forked."""
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()
        self._said.close()
        self._process.returncode = 0

    def _cause(self, status: int, problem: str) -> AgentFSError:
        said = self._last_words
        last = said.rsplit("\n", 1)[-1]
        if last.startswith('{"error":'):
            with contextlib.suppress(ValueError, KeyError):
                told = json.loads(last)["error"]
                if told.get("code") == "DRIVER_MISSING":
                    from ._program import other_node

                    told.update(other_node(self._command))
                return error_of(told["message"], told)
        end = f"by signal {-status}" if status < 0 else f"with status {status}"
        return EngineDiedError(
            f"The engine ended {end} before it had answered.{problem}",
            code="ENGINE_DIED",
            hint=said[-_TOLD_AT_DEATH:] or "The next call starts it anew.",
            details={"status": status},
        )


class SocketChannel:
    """A daemon that somebody else has started, by a connection to it."""

    pid: Optional[int] = None

    def __init__(self, connected: "socket.socket", address: str, begin: bytes = b"") -> None:
        self._socket = connected
        self._address = address
        self._begin = begin

    def read(self) -> bytes:
        """What comes next; nothing at the end."""
        begin, self._begin = self._begin, b""
        if begin:
            return begin
        with contextlib.suppress(OSError):
            return self._socket.recv(_READ_BYTES)
        return b""

    def write(self, data: memoryview) -> int:
        """Writes some of it; returns how much."""
        return self._socket.send(data)

    def end_input(self) -> None:
        """Lets the daemon end the session."""
        import socket

        self._socket.shutdown(socket.SHUT_WR)

    def kill(self) -> None:
        """Ends the connection at once."""
        import socket

        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def end(self, problem: str) -> AgentFSError:
        """Closes the connection, and says that it has ended."""
        self._socket.close()
        return EngineDiedError(
            f"The daemon at {self._address} has ended the connection.{problem}",
            code="ENGINE_DIED",
            hint="The next call connects anew; if it has ended, start it with agentfs serve.",
        )

    def said(self) -> str:
        """What it has said for people, which goes to the log of the daemon."""
        return ""

    def drop_after_fork(self) -> None:
        """Lets go of what belongs to the process that was forked."""
        self._socket.close()


Channel = Union[ProcessChannel, SocketChannel]
