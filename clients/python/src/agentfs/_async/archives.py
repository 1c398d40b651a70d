"""Workspaces as tar archives, which pass through memory in pieces."""

import base64
import contextlib
import os
from typing import IO, Any, Mapping

from .._engine import Engine
from .._whole_file import whole_file
from ..changes import Imported
from ..files import PathLike

_PIECE = 1024 * 1024


async def write_archive(engine: Engine, params: Mapping[str, Any], path: PathLike) -> None:
    """Writes what the engine gives to a file of this machine, whole or not at all."""
    with whole_file(os.fspath(path), binary=True) as file:
        await _receive(engine, params, file)


async def read_archive(engine: Engine, params: Mapping[str, Any], path: PathLike) -> Imported:
    """Gives a file of this machine to the engine, which takes all of it or nothing."""
    with open(path, "rb") as file:
        return Imported.read(await _send(engine, params, file))


async def _receive(engine: Engine, params: Mapping[str, Any], file: IO[bytes]) -> None:
    async with _opened(engine, params) as stream:
        is_done = False
        while not is_done:
            wanted = {"stream": stream["stream"], "limit": _PIECE}
            answer = await engine.ask_async("stream.read", wanted)
            file.write(base64.b64decode(answer["content"]))
            is_done = answer["done"]


async def _send(engine: Engine, params: Mapping[str, Any], file: IO[bytes]) -> Any:
    async with _opened(engine, params) as stream:
        while True:
            piece = file.read(_PIECE)
            if not piece:
                break
            content = base64.b64encode(piece).decode("ascii")
            given = {"stream": stream["stream"], "content": content}
            await engine.ask_async("stream.write", given)
    return stream["closed"]


@contextlib.asynccontextmanager
async def _opened(engine: Engine, params: Mapping[str, Any]) -> Any:
    """A stream for a block; ``closed`` is what the engine says at its end."""
    stream = dict(await engine.ask_async("stream.open", params))
    wanted = {"stream": stream["stream"]}
    try:
        yield stream
    except BaseException:
        with contextlib.suppress(Exception):
            await engine.ask_async("stream.close", {**wanted, "discard": True})
        raise
    stream["closed"] = await engine.ask_async("stream.close", wanted)
