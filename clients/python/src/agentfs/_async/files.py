"""The files of a workspace."""

from typing import Any, Callable, Dict, Iterable, List, Optional, Sequence, Union, overload

from .. import batch as batches
from .. import file_streams
from .._engine import Engine
from .._record import given
from ..batch import content_of
from ..errors import FileNotFoundError, NotADirectoryError
from ..files import BatchResult, BatchSummary, FileInfo, Match, PathLike, path_text
from ..state import WorkspaceState

_MOST_BYTES = 10 * 1024 * 1024
_PAGE = 10_000


class AsyncWorkspaceFiles:
    """Reading, writing and finding the files of a workspace.

    Paths are relative to the root of the workspace, with or without ``/`` before them.
    """

    def __init__(self, engine: Engine, state: WorkspaceState) -> None:
        self._engine = engine
        self._state = state

    @overload
    async def read_file(self, path: PathLike, encoding: str = "utf-8") -> str: ...

    @overload
    async def read_file(self, path: PathLike, encoding: None) -> bytes: ...

    @overload
    async def read_file(self, path: PathLike, encoding: Optional[str]) -> Union[str, bytes]: ...

    async def read_file(
        self, path: PathLike, encoding: Optional[str] = "utf-8"
    ) -> Union[str, bytes]:
        """Reads a file as a whole.

        Args:
            encoding: How to decode it; None gives bytes.

        Raises:
            FileNotFoundError: ENOENT.
            IsADirectoryError: EISDIR.
            UnicodeDecodeError: when it is no text of this encoding.
        """
        params = self._params(path=path_text(path), encoding="auto", limit=_MOST_BYTES)
        answer = await self._engine.ask_async("file.read", params)
        if "nextOffset" in answer:
            return await self._read_large(path, encoding)
        content: str = answer["content"]
        if answer["encoding"] == "base64":
            data = file_streams.decoded(content)
        elif encoding is not None and encoding.lower().replace("-", "") == "utf8":
            return content
        else:
            data = content.encode("utf-8")
        return data if encoding is None else data.decode(encoding)

    async def read_files(self, paths: Iterable[PathLike]) -> Dict[str, Union[str, Exception]]:
        """Reads several text files, up to 10 MiB each and all together.

        Returns:
            The content by path, or the error, which is not raised.
        """
        wanted = [path_text(path) for path in paths]
        found: Dict[str, Union[str, Exception]] = {}
        for start in range(0, len(wanted), 100):
            params = self._params(paths=wanted[start : start + 100])
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
        params = self._params(
            path=path_text(path), append=append, create=exclusive, mode=mode
        )
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

    async def stat(self, path: PathLike, *, follow: bool = True) -> FileInfo:
        """Says what is at a path.

        Args:
            follow: Follows a symbolic link at the end.

        Raises:
            FileNotFoundError: ENOENT.
        """
        params = self._params(path=path_text(path), follow=follow)
        return FileInfo.read(await self._engine.ask_async("file.stat", params))

    async def list_dir(self, path: PathLike = "/", *, recursive: bool = False) -> List[FileInfo]:
        """Lists a directory by name, on demand with all below it.

        Raises:
            FileNotFoundError: ENOENT.
            NotADirectoryError: ENOTDIR.
        """
        params = self._params(path=path_text(path), recursive=recursive, limit=_PAGE)
        files: List[FileInfo] = []
        while True:
            answer = await self._engine.ask_async("file.list", params)
            files += [FileInfo.read(each) for each in answer["files"]]
            if "nextCursor" not in answer:
                return files
            params["cursor"] = answer["nextCursor"]

    async def search(
        self,
        path: PathLike = "/",
        *,
        include: Optional[Sequence[str]] = None,
        exclude: Optional[Sequence[str]] = None,
        text: Optional[str] = None,
        regex: Optional[str] = None,
        ignore_case: bool = False,
        limit: int = 1000,
    ) -> List[Match]:
        """Finds files by their names, and lines by a text or a regular expression.

        Args:
            include: Glob patterns, such as ``["**/*.py"]``.
            limit: Matches at most.
        """
        params = self._params(
            path=path_text(path),
            include=None if include is None else list(include),
            exclude=None if exclude is None else list(exclude),
            text=text,
            regex=regex,
            ignore_case=ignore_case,
        )
        found: List[Match] = []
        while len(found) < limit:
            params["limit"] = min(limit - len(found), 1000)
            answer = await self._engine.ask_async("file.search", params)
            found += [Match.read(each) for each in answer["matches"]]
            if "nextCursor" not in answer:
                break
            params["cursor"] = answer["nextCursor"]
        return found

    async def copy(self, src: PathLike, dst: PathLike, *, overwrite: bool = True) -> None:
        """Copies a file or directory; costs the same whatever its size.

        Raises:
            FileNotFoundError: ENOENT.
            FileExistsError: EEXIST, unless it may overwrite.
        """
        await self._transfer("file.copy", src, dst, overwrite)

    async def move(self, src: PathLike, dst: PathLike, *, overwrite: bool = True) -> None:
        """Moves or renames a file or directory.

        Raises:
            FileNotFoundError: ENOENT.
            FileExistsError: EEXIST, unless it may overwrite.
        """
        await self._transfer("file.move", src, dst, overwrite)

    async def delete(
        self, path: PathLike, *, recursive: bool = False, force: bool = False
    ) -> None:
        """Deletes a file, a link, or a directory.

        Args:
            recursive: Also a directory that is not empty.
            force: Succeeds when there is nothing.

        Raises:
            FileNotFoundError: ENOENT, unless forced.
            FileSystemError: ENOTEMPTY.
        """
        params = self._params(path=path_text(path), recursive=recursive, force=force)
        await self._engine.ask_async("file.delete", params)

    async def mkdir(self, path: PathLike) -> None:
        """Makes a directory and those above it; one that is there already is fine."""
        params = self._params(path=path_text(path))
        await self._engine.ask_async("file.makeDirectory", params)

    async def chmod(self, path: PathLike, mode: int) -> None:
        """Sets the permission bits."""
        params = self._params(path=path_text(path), mode=mode)
        await self._engine.ask_async("file.setMode", params)

    async def symlink(self, target: PathLike, path: PathLike) -> None:
        """Makes a symbolic link at ``path`` that leads to ``target``."""
        params = self._params(path=path_text(path), target=path_text(target))
        await self._engine.ask_async("file.link", params)

    async def readlink(self, path: PathLike) -> str:
        """Where a symbolic link leads.

        Raises:
            OSError: EINVAL when it is none.
        """
        found = await self.stat(path, follow=False)
        return file_streams.target_of(found)

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

    def batch_process(
        self, files: Iterable[Any], callback: Callable[[Any], Any], *, concurrency: int = 10
    ) -> "batches.AsyncResults":
        """Calls a function for many files, some at a time; an error of one does not hinder others.

        Args:
            files: Paths, or what ``list_dir`` gives.
            callback: Gets each of them as it is.

        Yields:
            What came of each, in their order.
        """
        return batches.process_async(files, callback, concurrency)

    async def apply(self, batch: "batches.Batch") -> BatchSummary:
        """Makes the changes that a batch has collected: all of them, or none."""
        params = self._params(operations=batch.operations)
        return BatchSummary.read(await self._engine.ask_async("file.batch", params))

    async def _is_there(self, path: PathLike) -> bool:
        try:
            await self.stat(path)
        except (FileNotFoundError, NotADirectoryError):
            return False
        return True

    async def _read_large(self, path: PathLike, encoding: Optional[str]) -> Union[str, bytes]:
        async with self.open_stream(path, "rb") as stream:
            data: bytes = await stream.read()
        return data if encoding is None else data.decode(encoding)

    async def _write_large(
        self, path: PathLike, data: bytes, mode: Optional[int], exclusive: bool
    ) -> int:
        way = "xb" if exclusive else "wb"
        async with self.open_stream(path, way, permissions=mode) as stream:
            await stream.write(data)
        return len(data)

    async def _transfer(self, method: str, src: PathLike, dst: PathLike, overwrite: bool) -> None:
        params = self._params(to=path_text(dst), overwrite=overwrite)
        params["from"] = path_text(src)
        await self._engine.ask_async(method, params)

    def _params(self, **params: Any) -> Dict[str, Any]:
        return given(workspace=self._state.name, **params)
