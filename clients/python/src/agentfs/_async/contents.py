"""Reading and writing the files of a workspace."""

from typing import Dict, Iterable, List, Optional, Union, overload

from .. import batch as batches
from .. import file_streams
from ..batch import content_of
from ..files import PathLike, path_text
from .part import AsyncPart

_MOST_BYTES = 10 * 1024 * 1024


class AsyncContents(AsyncPart):
    """The contents of the files of a workspace."""

    @overload
    async def read_file(
        self, path: PathLike, encoding: str = "utf-8", *, live: Optional[bool] = None
    ) -> str: ...

    @overload
    async def read_file(
        self, path: PathLike, encoding: None, *, live: Optional[bool] = None
    ) -> bytes: ...

    @overload
    async def read_file(
        self, path: PathLike, encoding: Optional[str], *, live: Optional[bool] = None
    ) -> Union[str, bytes]: ...

    async def read_file(
        self,
        path: PathLike,
        encoding: Optional[str] = "utf-8",
        *,
        live: Optional[bool] = None,
    ) -> Union[str, bytes]:
        """Reads a file as a whole.

        Args:
            encoding: How to decode it; None gives bytes.
            live: As the running command has it now, stored or not.

        Raises:
            FileNotFoundError: ENOENT.
            IsADirectoryError: EISDIR.
            UnicodeDecodeError: when it is no text of this encoding.
        """
        params = self._params(path=path_text(path), encoding="auto", limit=_MOST_BYTES, live=live)
        answer = await self._engine.ask_async("file.read", params)
        if "nextOffset" in answer:
            return await self._read_large(path, encoding, live)
        content: str = answer["content"]
        if answer["encoding"] == "base64":
            data = file_streams.decoded(content)
        elif encoding is not None and encoding.lower().replace("-", "") == "utf8":
            return content
        else:
            data = content.encode("utf-8")
        return data if encoding is None else data.decode(encoding)

    async def read_files(
        self, paths: Iterable[PathLike], *, live: Optional[bool] = None
    ) -> Dict[str, Union[str, Exception]]:
        """Reads several text files, up to 10 MiB each and all together.

        Args:
            live: As the running command has them now, stored or not.

        Returns:
            The content by path, or the error, which is not raised.
        """
        wanted = [path_text(path) for path in paths]
        found: Dict[str, Union[str, Exception]] = {}
        for start in range(0, len(wanted), 100):
            params = self._params(paths=wanted[start : start + 100], live=live)
            answer = await self._engine.ask_async("file.readMany", params)
            found.update(batches.contents_of(answer["files"]))
        return found

    async def write_file(
        self,
        path: PathLike,
        content: Union[str, bytes],
        *,
        encoding: str = "utf-8",
        mode: Optional[int] = None,
        append: bool = False,
        exclusive: bool = False,
    ) -> int:
        """Writes a file as a whole, and makes its directories.

        Args:
            encoding: Of text.
            mode: Permission bits; default those that it had, or 0o644.
            append: Adds to what it holds.
            exclusive: Fails when it exists.

        Returns:
            How many bytes were written.

        Raises:
            FileExistsError: EEXIST, when it is exclusive.
            IsADirectoryError: EISDIR.
            ReadOnlyError: READ_ONLY or WORKSPACE_FROZEN.
        """
        if len(content) > _MOST_BYTES // 4 and not append:
            data = content.encode(encoding) if isinstance(content, str) else content
            return await self._write_large(path, data, mode, exclusive)
        params = self._params(path=path_text(path), append=append, create=exclusive, mode=mode)
        params.update(content_of(content, encoding))
        answer = await self._engine.ask_async("file.write", params)
        return int(answer["bytes"])

    async def append_file(self, path: PathLike, content: Union[str, bytes]) -> int:
        """Appends to a file, or creates it; returns how many bytes."""
        return await self.write_file(path, content, append=True)

    async def edit_file(
        self, path: PathLike, old: str, new: str, *, all: bool = False, dry_run: bool = False
    ) -> str:
        """Replaces an exact piece of a text file.

        Args:
            old: Must stand in one place of the file only, unless ``all`` is given.
            dry_run: Only shows what would change.

        Returns:
            The change as a patch.

        Raises:
            InvalidArgumentError: INVALID_ARGUMENT when ``old`` is not there, or in several places.
        """
        edit = {"oldText": old, "newText": new, "all": all}
        params = self._params(path=path_text(path), edits=[edit], dry_run=dry_run)
        answer = await self._engine.ask_async("file.edit", params)
        return str(answer["diff"])

    def open_stream(
        self,
        path: PathLike,
        mode: str = "rb",
        *,
        encoding: str = "utf-8",
        permissions: Optional[int] = None,
    ) -> file_streams.AsyncFile:
        """Opens a file to read or write it in pieces; a file of any size fits.

        What is read is the file as it was when it was opened. What is written is there once the
        block has ended well, and not at all when it raises.

        Args:
            mode: ``rb`` or ``r`` reads, ``wb`` or ``w`` writes, ``xb`` or ``x`` only what is new.
            permissions: Permission bits of a file that is written.
        """
        params = file_streams.opening(self._state.name, path_text(path), mode, permissions)
        return file_streams.AsyncFile(self._engine, params, mode, encoding)

    async def _read_large(
        self, path: PathLike, encoding: Optional[str], live: Optional[bool]
    ) -> Union[str, bytes]:
        if live:
            data = await self._read_parts(path)
        else:
            async with self.open_stream(path, "rb") as stream:
                data = await stream.read()
        return data if encoding is None else data.decode(encoding)

    async def _read_parts(self, path: PathLike) -> bytes:
        # There are no streams of what a command is still writing.
        params = self._params(path=path_text(path), encoding="base64", live=True)
        params.update(limit=_MOST_BYTES, offset=0)
        parts: List[bytes] = []
        while params["offset"] is not None:
            answer = await self._engine.ask_async("file.read", params)
            parts.append(file_streams.decoded(answer["content"]))
            params["offset"] = answer.get("nextOffset")
        return b"".join(parts)

    async def _write_large(
        self, path: PathLike, data: bytes, mode: Optional[int], exclusive: bool
    ) -> int:
        way = "xb" if exclusive else "wb"
        async with self.open_stream(path, way, permissions=mode) as stream:
            await stream.write(data)
        return len(data)
