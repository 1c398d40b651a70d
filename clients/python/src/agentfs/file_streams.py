"""Files of a workspace as files of Python: read in pieces, and written as a whole or not at all."""

import base64
import io
from typing import IO, Any, AsyncIterator, Dict, Optional, Union

from ._connection import Connection
from ._engine import Engine, in_thread, settled
from ._record import given
from .errors import FileSystemError
from .files import FileInfo

PIECE = 1024 * 1024
_MODES = {"r": "read", "w": "write", "x": "write"}


def opening(workspace: str, path: str, mode: str, permissions: Optional[int]) -> Dict[str, Any]:
    """What the engine is asked to open.

    Raises:
        ValueError: when the mode is none of ``r``, ``w`` and ``x``, with ``b`` or ``t``.
    """
    way = _MODES.get(mode.replace("b", "").replace("t", ""))
    if way is None or len(mode) > 2:
        raise ValueError(f"mode must be rb, wb, xb, r, w or x, not {mode!r}.")
    create = True if "x" in mode else None
    where = {"workspace": workspace, "path": path, "mode": way}
    return {**where, **given(create=create, permissions=permissions)}


def open_file(engine: Engine, params: Dict[str, Any], mode: str, encoding: str) -> IO[Any]:
    """Opens a file, as the built-in ``open`` does, but leaves the ends of lines as they are."""
    raw = _Raw(engine.connection(), params)
    if params["mode"] == "read":
        reader = io.BufferedReader(raw, PIECE)
        return reader if "b" in mode else io.TextIOWrapper(reader, encoding, newline="")
    if "b" in mode:
        return _BytesWriter(raw, PIECE)
    return _TextWriter(io.BufferedWriter(raw, PIECE), encoding, newline="")


def decoded(content: str) -> bytes:
    """The bytes of base64."""
    return base64.b64decode(content)


def target_of(link: FileInfo) -> str:
    """Where a link leads.

    Raises:
        FileSystemError: EINVAL when it is none.
    """
    if link.target is not None:
        return link.target
    raise FileSystemError(f"'{link.path}' is no symbolic link.", code="EINVAL", path=link.path)


class _Raw(io.RawIOBase):
    """The bytes of one stream of the engine."""

    def __init__(self, connection: Connection, params: Dict[str, Any]) -> None:
        super().__init__()
        self._connection = connection
        self._is_reading: bool = params["mode"] == "read"
        self.discards = False
        self._is_done = False
        self._number: Optional[int] = None
        self._number = self._ask("stream.open", params)["stream"]

    def readable(self) -> bool:
        return self._is_reading

    def writable(self) -> bool:
        return not self._is_reading

    def readinto(self, buffer: Any) -> int:
        if self._is_done or len(buffer) == 0:
            return 0
        limit = min(len(buffer), 4 * PIECE)
        answer = self._ask("stream.read", {"stream": self._number, "limit": limit})
        piece = base64.b64decode(answer["content"])
        self._is_done = answer["done"]
        buffer[: len(piece)] = piece
        return len(piece)

    def write(self, data: Any) -> int:
        piece = bytes(data[:PIECE])
        content = base64.b64encode(piece).decode("ascii")
        self._ask("stream.write", {"stream": self._number, "content": content})
        return len(piece)

    def close(self) -> None:
        if self.closed:
            return
        super().close()
        if self._number is not None:
            self._ask("stream.close", {"stream": self._number, "discard": self.discards})

    def _ask(self, method: str, params: Dict[str, Any]) -> Any:
        pending = self._connection.send(method, params)
        pending.wait()
        return pending.result()


class _BytesWriter(io.BufferedWriter):
    """Bytes into a file, which is dropped when the block that writes it raises."""

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        if kind is not None:
            _discard(self.raw)
        super().__exit__(kind, error, trace)


class _TextWriter(io.TextIOWrapper):
    """Text into a file, which is dropped when the block that writes it raises."""

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        if kind is not None:
            _discard(getattr(self.buffer, "raw", None))
        super().__exit__(kind, error, trace)


def _discard(raw: Any) -> None:
    if isinstance(raw, _Raw):
        raw.discards = True


class AsyncFile:
    """A file of a workspace that is open, for coroutines; iterating it gives pieces of 1 MiB.

    Use it in ``async with``: a file that is written is there once the block has ended well.
    """

    def __init__(self, engine: Engine, params: Dict[str, Any], mode: str, encoding: str) -> None:
        self._engine = engine
        self._params = params
        self._encoding = "" if "b" in mode else encoding
        self._connection: Optional[Connection] = None
        self._number: Optional[int] = None
        self._is_done = False

    async def read(self, size: int = -1) -> Any:
        """Reads so many bytes, or all that are left; bytes, or text when it is open for that.

        Of text, ``size`` is left out: a part of it could end within a character.
        """
        if size >= 0 and not self._encoding:
            return await self._piece(min(size, 4 * PIECE)) if size else b""
        pieces = []
        while not self._is_done:
            pieces.append(await self._piece(4 * PIECE))
        whole = b"".join(pieces)
        return whole.decode(self._encoding) if self._encoding else whole

    async def write(self, data: Union[str, bytes]) -> int:
        """Writes bytes, or text when it is open for that; returns how many bytes."""
        whole = data.encode(self._encoding or "utf-8") if isinstance(data, str) else data
        for start in range(0, len(whole), PIECE):
            content = base64.b64encode(whole[start : start + PIECE]).decode("ascii")
            await self._ask("stream.write", {"stream": await self._opened(), "content": content})
        return len(whole)

    async def aclose(self, *, discard: bool = False) -> None:
        """Closes it; a file that is written is there from now on, or not at all."""
        number, self._number = self._number, None
        if number is not None:
            await self._ask("stream.close", {"stream": number, "discard": discard})

    async def __aenter__(self) -> "AsyncFile":
        await self._opened()
        return self

    async def __aexit__(self, kind: Any, error: Any, trace: Any) -> None:
        await self.aclose(discard=kind is not None)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while not self._is_done:
            piece = await self._piece(PIECE)
            if piece:
                yield piece

    async def _piece(self, limit: int) -> bytes:
        number = await self._opened()
        if self._is_done:
            return b""
        answer = await self._ask("stream.read", {"stream": number, "limit": limit})
        self._is_done = answer["done"]
        return base64.b64decode(answer["content"])

    async def _opened(self) -> int:
        if self._number is None:
            self._connection = await in_thread(self._engine.connection)
            self._number = (await self._ask("stream.open", self._params))["stream"]
        assert self._number is not None
        return self._number

    async def _ask(self, method: str, params: Dict[str, Any]) -> Any:
        assert self._connection is not None
        pending = await in_thread(self._connection.send, method, params)
        await settled(self._connection, pending)
        return pending.result()
