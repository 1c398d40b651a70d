"""The files of a workspace."""
# Made by scripts/twins.py: change _async, and run that.

from typing import Any, Callable, Iterable, List, Optional, Sequence

from .._async import files as twins
from .. import batch as batches
from .. import file_streams
from ..errors import FileNotFoundError, NotADirectoryError
from ..files import BatchSummary, FileInfo, Match, PathLike, Tree, path_text
from .contents import Contents

_PAGE = 10_000


class WorkspaceFiles(Contents):
    """Reading, writing and finding the files of a workspace.

    Paths are relative to the root of the workspace, with or without ``/`` before them.
    """

    def stat(
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
        return FileInfo.read(self._engine.ask("file.stat", params))

    async def stat_async(
        self, path: PathLike, *, follow: bool = True, live: Optional[bool] = None
    ) -> FileInfo:
        """Does what ``stat`` does, in an event loop."""
        return await self._twin.stat(path, follow=follow, live=live)

    def list_dir(
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
            answer = self._engine.ask("file.list", params)
            files += [FileInfo.read(each) for each in answer["files"]]
            if "nextCursor" not in answer:
                return files
            params["cursor"] = answer["nextCursor"]

    async def list_dir_async(
        self, path: PathLike = "/", *, recursive: bool = False, live: Optional[bool] = None
    ) -> List[FileInfo]:
        """Does what ``list_dir`` does, in an event loop."""
        return await self._twin.list_dir(path, recursive=recursive, live=live)

    def tree(
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
        return Tree.read(self._engine.ask("file.tree", params))

    async def tree_async(
        self,
        path: PathLike = "/",
        *,
        exclude: Optional[Sequence[str]] = None,
        limit: int = 1000,
    ) -> Tree:
        """Does what ``tree`` does, in an event loop."""
        return await self._twin.tree(path, exclude=exclude, limit=limit)

    def search(
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
            answer = self._engine.ask("file.search", params)
            found += [Match.read(each) for each in answer["matches"]]
            if "nextCursor" not in answer:
                break
            params["cursor"] = answer["nextCursor"]
        return found

    async def search_async(
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
        """Does what ``search`` does, in an event loop."""
        return await self._twin.search(path, include=include, exclude=exclude, text=text, regex=regex, ignore_case=ignore_case, limit=limit)

    def copy(self, src: PathLike, dst: PathLike, *, overwrite: bool = True) -> None:
        """Copies a file or directory; costs the same whatever its size.

        Raises:
            FileNotFoundError: ENOENT.
            FileExistsError: EEXIST, unless it may overwrite.
        """
        self._transfer("file.copy", src, dst, overwrite)

    async def copy_async(self, src: PathLike, dst: PathLike, *, overwrite: bool = True) -> None:
        """Does what ``copy`` does, in an event loop."""
        await self._twin.copy(src, dst, overwrite=overwrite)

    def move(self, src: PathLike, dst: PathLike, *, overwrite: bool = True) -> None:
        """Moves or renames a file or directory.

        Raises:
            FileNotFoundError: ENOENT.
            FileExistsError: EEXIST, unless it may overwrite.
        """
        self._transfer("file.move", src, dst, overwrite)

    async def move_async(self, src: PathLike, dst: PathLike, *, overwrite: bool = True) -> None:
        """Does what ``move`` does, in an event loop."""
        await self._twin.move(src, dst, overwrite=overwrite)

    def delete(self, path: PathLike, *, recursive: bool = False, force: bool = False) -> None:
        """Deletes a file, a link, or a directory.

        Args:
            recursive: Also a directory that is not empty.
            force: Succeeds when there is nothing.

        Raises:
            FileNotFoundError: ENOENT, unless forced.
            FileSystemError: ENOTEMPTY.
        """
        params = self._params(path=path_text(path), recursive=recursive, force=force)
        self._engine.ask("file.delete", params)

    async def delete_async(self, path: PathLike, *, recursive: bool = False, force: bool = False) -> None:
        """Does what ``delete`` does, in an event loop."""
        await self._twin.delete(path, recursive=recursive, force=force)

    def mkdir(self, path: PathLike) -> None:
        """Makes a directory and those above it; one that is there already is fine."""
        params = self._params(path=path_text(path))
        self._engine.ask("file.makeDirectory", params)

    async def mkdir_async(self, path: PathLike) -> None:
        """Does what ``mkdir`` does, in an event loop."""
        await self._twin.mkdir(path)

    def chmod(self, path: PathLike, mode: int) -> None:
        """Sets the permission bits."""
        params = self._params(path=path_text(path), mode=mode)
        self._engine.ask("file.setMode", params)

    async def chmod_async(self, path: PathLike, mode: int) -> None:
        """Does what ``chmod`` does, in an event loop."""
        await self._twin.chmod(path, mode)

    def symlink(self, target: PathLike, path: PathLike) -> None:
        """Makes a symbolic link at ``path`` that leads to ``target``."""
        params = self._params(path=path_text(path), target=path_text(target))
        self._engine.ask("file.link", params)

    async def symlink_async(self, target: PathLike, path: PathLike) -> None:
        """Does what ``symlink`` does, in an event loop."""
        await self._twin.symlink(target, path)

    def readlink(self, path: PathLike) -> str:
        """Where a symbolic link leads.

        Raises:
            OSError: EINVAL when it is none.
        """
        found = self.stat(path, follow=False)
        return file_streams.target_of(found)

    async def readlink_async(self, path: PathLike) -> str:
        """Does what ``readlink`` does, in an event loop."""
        return await self._twin.readlink(path)

    def batch_process(
        self, files: Iterable[Any], callback: Callable[[Any], Any], *, concurrency: int = 10
    ) -> "batches.Results":
        """Calls a function for many files, some at a time; an error of one does not hinder others.

        Args:
            files: Paths, or what ``list_dir`` gives.
            callback: Gets each of them as it is.

        Yields:
            What came of each, in their order.
        """
        return batches.process(files, callback, concurrency)

    def batch_process_async(
        self, files: Iterable[Any], callback: Callable[[Any], Any], *, concurrency: int = 10
    ) -> "batches.AsyncResults":
        """Does what ``batch_process`` does, in an event loop."""
        return self._twin.batch_process(files, callback, concurrency=concurrency)

    def apply(self, batch: "batches.Batch") -> BatchSummary:
        """Makes the changes that a batch has collected: all of them, or none."""
        params = self._params(operations=batch.operations)
        return BatchSummary.read(self._engine.ask("file.batch", params))

    async def apply_async(self, batch: "batches.Batch") -> BatchSummary:
        """Does what ``apply`` does, in an event loop."""
        return await self._twin.apply(batch)

    def _is_there(self, path: PathLike, live: Optional[bool]) -> bool:
        try:
            self.stat(path, live=live)
        except (FileNotFoundError, NotADirectoryError):
            return False
        return True

    def _transfer(self, method: str, src: PathLike, dst: PathLike, overwrite: bool) -> None:
        params = self._params(to=path_text(dst), overwrite=overwrite)
        params["from"] = path_text(src)
        self._engine.ask(method, params)

    @property
    def _twin(self) -> "twins.AsyncWorkspaceFiles":
        return twins.AsyncWorkspaceFiles(self._engine, self._state)
