"""For tests of programs that use agentfs: a throw-away project with a workspace on it."""

import contextlib
import functools
import inspect
import os
import shutil
import tempfile
from typing import Any, Callable, Mapping, Optional, TypeVar, Union

from ._sync.agentfs import AgentFS
from ._sync.workspace import Workspace

Test = TypeVar("Test", bound=Callable[..., Any])


class TemporaryWorkspace:
    """A workspace over a project in a temporary directory; everything is gone at the end.

    As a decorator it makes one for each call of a test, which takes it as ``workspace``:

        @TemporaryWorkspace(files={"a.txt": "hello"})
        def test_it(workspace):
            assert workspace.read_file("a.txt") == "hello"

    As a block it gives the workspace itself:

        with TemporaryWorkspace() as workspace:
            workspace.write_file("a.txt", "hello")

    Args:
        files: Contents of the project by path.
        name: Name of the workspace.
        options: As of ``AgentFS``.

    Attributes:
        afs: The AgentFS, within the block.
        workspace: The workspace, within the block.
        dir: The directory of the project, within the block.
    """

    afs: AgentFS
    workspace: Workspace
    dir: str

    def __init__(
        self,
        files: Optional[Mapping[str, Union[str, bytes]]] = None,
        *,
        name: str = "test",
        **options: Any,
    ) -> None:
        self._files = dict(files or {})
        self._name = name
        self._options = options

    def __enter__(self) -> Workspace:
        self.dir = tempfile.mkdtemp(prefix="agentfs-test-")
        self.afs = AgentFS(self.dir, **self._options)
        try:
            write_files(self.dir, self._files)
            self.workspace = self.afs.workspace.create(self._name)
        except BaseException:
            self.cleanup()
            raise
        return self.workspace

    def __exit__(self, *_: Any) -> None:
        self.cleanup()

    def cleanup(self) -> None:
        """Ends the engine and removes the directory; harmless when that has happened."""
        self.afs.close()
        with contextlib.suppress(FileNotFoundError):
            shutil.rmtree(self.dir)

    def __call__(self, test: Test) -> Test:
        signature = inspect.signature(test)
        first = next(iter(signature.parameters), None)
        name = "workspace" if "workspace" in signature.parameters else first
        if name is None:
            raise TypeError(f"{test!r} takes no workspace.")

        wrapper: Any
        if inspect.iscoroutinefunction(test):

            @functools.wraps(test)
            async def wrapper(*args: Any, **kwargs: Any) -> Any:
                with self._another() as workspace:
                    return await test(*args, **{**kwargs, name: workspace})

        else:

            @functools.wraps(test)
            def wrapper(*args: Any, **kwargs: Any) -> Any:
                with self._another() as workspace:
                    return test(*args, **{**kwargs, name: workspace})

        # A test runner must not look for a fixture of this name.
        others = [each for each in signature.parameters.values() if each.name != name]
        wrapper.__signature__ = signature.replace(parameters=others)
        return wrapper  # type: ignore[no-any-return]

    def _another(self) -> "TemporaryWorkspace":
        return TemporaryWorkspace(self._files, name=self._name, **self._options)


def write_files(directory: str, files: Mapping[str, Union[str, bytes]]) -> None:
    """Writes files below a directory."""
    for path, content in files.items():
        target = os.path.join(directory, path)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        data = content.encode("utf-8") if isinstance(content, str) else content
        with open(target, "wb") as file:
            file.write(data)
