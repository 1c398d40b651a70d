"""The files of a workspace."""

from typing import Any, Callable, Iterable, List, Optional, Sequence

from .. import batch as batches
from .. import file_streams
from ..errors import FileNotFoundError, NotADirectoryError
from ..files import BatchSummary, FileInfo, Match, PathLike, Tree, path_text
from .contents import AsyncContents

_PAGE = 10_000


class AsyncWorkspaceFiles(AsyncContents):
    """Reading, writing and finding the files of a workspace.

    Paths are relative to the root of the workspace, with or without ``/`` before them.
    """

    async def stat(
        self, path: PathLike, *, follow: bool = True, live: Optional[bool] = None
    ) -> FileInfo:
        """Says what is at a path.

        Args:
            follow: Follows a symbolic link at the end.
            live: As the running command has it now, stored or not.

        Raises:
            FileNotFoundError: ENOENT.
        """
        params = self._params(path=path_text(path), follow=follow, live=live)
        return FileInfo.read(await self._engine.ask_async("file.stat", params))

    async def list_dir(
        self, path: PathLike = "/", *, recursive: bool = False, live: Optional[bool] = None
    ) -> List[FileInfo]:
        """Lists a directory by name, on demand with all below it.

        Args:
            live: As the running command has it now, stored or not.

        Raises:
            FileNotFoundError: ENOENT.
            NotADirectoryError: ENOTDIR.
        """
        params = self._params(path=path_text(path), recursive=recursive, limit=_PAGE, live=live)
        files: List[FileInfo] = []
        while True:
            answer = await self._engine.ask_async("file.list", params)
            files += [FileInfo.read(each) for each in answer["files"]]
            if "nextCursor" not in answer:
                return files
            params["cursor"] = answer["nextCursor"]

    async def tree(
        self,
        path: PathLike = "/",
        *,
        exclude: Optional[Sequence[str]] = None,
        limit: int = 1000,
    ) -> Tree:
        """Shows the names of all below a directory as a tree.

        Args:
            exclude: Glob patterns of paths to leave out.
            limit: Names at most, up to 10,000.
        """
        params = self._params(path=path_text(path), limit=limit)
        if exclude is not None:
            params["exclude"] = list(exclude)
        return Tree.read(await self._engine.ask_async("file.tree", params))

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

    async def delete(self, path: PathLike, *, recursive: bool = False, force: bool = False) -> None:
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

    async def _is_there(self, path: PathLike, live: Optional[bool]) -> bool:
        try:
            await self.stat(path, live=live)
        except (FileNotFoundError, NotADirectoryError):
            return False
        return True

    async def _transfer(self, method: str, src: PathLike, dst: PathLike, overwrite: bool) -> None:
        params = self._params(to=path_text(dst), overwrite=overwrite)
        params["from"] = path_text(src)
        await self._engine.ask_async(method, params)
