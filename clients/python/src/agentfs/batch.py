"""Several file changes as one, and one function for many files."""

import base64
from typing import (
    Any,
    AsyncIterator,
    Awaitable,
    Callable,
    Deque,
    Dict,
    Iterable,
    Iterator,
    List,
    Optional,
    TypeVar,
    Union,
)

from ._error_classes import error_of
from .files import BatchResult, FileInfo, PathLike, path_text

Item = TypeVar("Item", bound=Union[PathLike, FileInfo])


Results = Iterator[BatchResult]
AsyncResults = AsyncIterator[BatchResult]


class Batch:
    """Collects changes; all of them happen at the end of the block, in their order, or none."""

    def __init__(self) -> None:
        self.operations: List[Dict[str, Any]] = []

    def write_file(
        self, path: PathLike, content: Union[str, bytes], *, mode: Optional[int] = None
    ) -> "Batch":
        """Writes a file; ``mode`` are its permission bits, default those that it had, or 0o644."""
        more = {} if mode is None else {"mode": mode}
        return self._add("write", path=path_text(path), **content_of(content), **more)

    def append_file(self, path: PathLike, content: Union[str, bytes]) -> "Batch":
        """Appends to a file, or creates it."""
        return self._add("append", path=path_text(path), **content_of(content))

    def delete(self, path: PathLike) -> "Batch":
        """Deletes a file, or a directory with all in it."""
        return self._add("delete", path=path_text(path))

    def copy(self, src: PathLike, dst: PathLike) -> "Batch":
        """Copies a file or directory, in place of what is there."""
        return self._transfer("copy", src, dst)

    def move(self, src: PathLike, dst: PathLike) -> "Batch":
        """Moves a file or directory, in place of what is there."""
        return self._transfer("move", src, dst)

    def mkdir(self, path: PathLike) -> "Batch":
        """Makes a directory and those above it."""
        return self._add("mkdir", path=path_text(path))

    def chmod(self, path: PathLike, mode: int) -> "Batch":
        """Sets the permission bits."""
        return self._add("chmod", path=path_text(path), mode=mode)

    def symlink(self, target: str, path: PathLike) -> "Batch":
        """Makes a symbolic link at ``path`` that leads to ``target``."""
        return self._add("symlink", path=path_text(path), target=target)

    def _transfer(self, kind: str, src: PathLike, dst: PathLike) -> "Batch":
        return self._add(kind, **{"from": path_text(src), "to": path_text(dst)})

    def _add(self, kind: str, **fields: Any) -> "Batch":
        self.operations.append({"type": kind, **fields})
        return self


def content_of(content: Union[str, bytes], encoding: str = "utf-8") -> Dict[str, str]:
    """Content as the engine takes it: text as it is, other bytes in base64."""
    if isinstance(content, str):
        if encoding.lower().replace("-", "") == "utf8":
            return {"content": content}
        content = content.encode(encoding)
    return {"content": base64.b64encode(content).decode("ascii"), "encoding": "base64"}


def contents_of(answers: List[Dict[str, Any]]) -> Dict[str, Union[str, Exception]]:
    """The contents of several files, or the errors, by path."""
    found: Dict[str, Union[str, Exception]] = {}
    for each in answers:
        error = each.get("error")
        found[each["path"]] = error_of(error["message"], error) if error else each["content"]
    return found


def process(
    files: Iterable[Item], callback: Callable[[Item], Any], concurrency: int
) -> Iterator[BatchResult]:
    """Calls a function for each file in threads, and yields what comes of it in their order."""
    from concurrent.futures import Future, ThreadPoolExecutor

    under_way: Deque[Future[BatchResult]] = Deque()
    with ThreadPoolExecutor(concurrency, "agentfs-batch") as pool:
        try:
            for item in files:
                under_way.append(pool.submit(_call, item, callback))
                if len(under_way) >= concurrency:
                    yield under_way.popleft().result()
            while under_way:
                yield under_way.popleft().result()
        finally:
            for future in under_way:
                future.cancel()


async def process_async(
    files: Iterable[Item],
    callback: Callable[[Item], Union[Any, Awaitable[Any]]],
    concurrency: int,
) -> AsyncIterator[BatchResult]:
    """Calls a function for each file, some at a time, and yields what comes of it in order."""
    import asyncio

    under_way: Deque[asyncio.Future[BatchResult]] = Deque()
    try:
        for item in files:
            under_way.append(asyncio.ensure_future(_call_async(item, callback)))
            if len(under_way) >= concurrency:
                yield await under_way.popleft()
        while under_way:
            yield await under_way.popleft()
    finally:
        for task in under_way:
            task.cancel()


def _call(item: Any, callback: Callable[[Any], Any]) -> BatchResult:
    path = _path_of(item)
    try:
        return BatchResult(path, value=callback(item))
    except Exception as error:
        return BatchResult(path, error=error)


async def _call_async(item: Any, callback: Callable[[Any], Any]) -> BatchResult:
    path = _path_of(item)
    try:
        value = callback(item)
        return BatchResult(path, value=await value if hasattr(value, "__await__") else value)
    except Exception as error:
        return BatchResult(path, error=error)


def _path_of(item: Any) -> str:
    return item.path if isinstance(item, FileInfo) else path_text(item)
