"""Functions that are called when this program has done something, before the call returns.

They run in the thread, or the event loop, that did it. One that raises cannot make a finished
commit look failed: that is logged, and all else goes on. Only those of ``before`` can forbid.
"""

from typing import Any, Callable, Dict, List, Optional, TypeVar

from ._log import log
from .errors import AgentFSError, HookError

Hook = Callable[..., Any]
H = TypeVar("H", bound=Hook)

_BEFORE = ("workspace_create", "commit", "run", "sync")


class Hooks:
    """What to call when, of one AgentFS.

    Each moment has an attribute for one function, and a decorator for any number of them:

        afs.hooks.on_commit = lambda workspace, message: print(message)

        @afs.hooks.workspace_create
        def tell(workspace):
            print(workspace.name)
    """

    on_workspace_create: Optional[Hook] = None
    """Called with the workspace."""
    on_workspace_delete: Optional[Hook] = None
    """Called with the name of the workspace."""
    on_snapshot_create: Optional[Hook] = None
    """Called with the workspace and the snapshot."""
    on_snapshot_restore: Optional[Hook] = None
    """Called with the workspace and the snapshot."""
    on_commit: Optional[Hook] = None
    """Called with the workspace and the message."""
    on_run: Optional[Hook] = None
    """Called with the workspace and the result."""
    on_sync: Optional[Hook] = None
    """Called with the workspace and the result."""

    def __init__(self) -> None:
        self._after: Dict[str, List[Hook]] = {}
        self._before: Dict[str, List[Hook]] = {}

    def workspace_create(self, hook: H) -> H:
        """Registers a function that is called with each new workspace."""
        return self._add(self._after, "workspace_create", hook)

    def workspace_delete(self, hook: H) -> H:
        """Registers a function that is called with the name of each deleted workspace."""
        return self._add(self._after, "workspace_delete", hook)

    def snapshot_create(self, hook: H) -> H:
        """Registers a function that is called with a workspace and its new snapshot."""
        return self._add(self._after, "snapshot_create", hook)

    def snapshot_restore(self, hook: H) -> H:
        """Registers a function that is called with a workspace and the restored snapshot."""
        return self._add(self._after, "snapshot_restore", hook)

    def commit(self, hook: H) -> H:
        """Registers a function that is called with a workspace and the message of its commit."""
        return self._add(self._after, "commit", hook)

    def run(self, hook: H) -> H:
        """Registers a function that is called with a workspace and the result of a command."""
        return self._add(self._after, "run", hook)

    def sync(self, hook: H) -> H:
        """Registers a function that is called with a workspace and the result of a push or pull."""
        return self._add(self._after, "sync", hook)

    def before(self, moment: str) -> Callable[[H], H]:
        """Registers a function that may forbid something by raising.

        Args:
            moment: ``workspace_create``, called with the name; ``commit``, with the workspace and
                the message; ``run``, with the workspace and the command; ``sync``, with the
                workspace and ``push`` or ``pull``.

        Raises:
            ValueError: when there is no such moment.
        """
        if moment not in _BEFORE:
            raise ValueError(f"moment must be one of {', '.join(_BEFORE)}, not {moment!r}.")
        return lambda hook: self._add(self._before, moment, hook)

    def remove(self, hook: Hook) -> None:
        """Takes a function back that was registered; one that was not is fine."""
        for table in (self._after, self._before):
            for hooks in table.values():
                if hook in hooks:
                    hooks.remove(hook)

    def fire(self, moment: str, *args: Any) -> None:
        """Calls the functions of a moment."""
        for hook in self._of(moment):
            try:
                outcome = hook(*args)
                if hasattr(outcome, "__await__"):
                    outcome.close()
                    raise TypeError(f"{hook!r} is a coroutine function: await it in AsyncAgentFS.")
            except Exception:
                log().exception("A hook of %s failed.", moment)

    async def fire_async(self, moment: str, *args: Any) -> None:
        """Calls the functions of a moment, and awaits those that are coroutines."""
        for hook in self._of(moment):
            try:
                outcome = hook(*args)
                if hasattr(outcome, "__await__"):
                    await outcome
            except Exception:
                log().exception("A hook of %s failed.", moment)

    def ask(self, moment: str, *args: Any) -> None:
        """Calls the functions that may forbid.

        Raises:
            HookError: HOOK_FAILED when one did.
        """
        for hook in list(self._before.get(moment, [])):
            try:
                hook(*args)
            except Exception as error:
                raise _forbidden(moment, error) from error

    async def ask_async(self, moment: str, *args: Any) -> None:
        """The same, and awaits those that are coroutines."""
        for hook in list(self._before.get(moment, [])):
            try:
                outcome = hook(*args)
                if hasattr(outcome, "__await__"):
                    await outcome
            except Exception as error:
                raise _forbidden(moment, error) from error

    def _of(self, moment: str) -> List[Hook]:
        single = getattr(self, "on_" + moment)
        return ([] if single is None else [single]) + list(self._after.get(moment, []))

    @staticmethod
    def _add(table: Dict[str, List[Hook]], moment: str, hook: H) -> H:
        table.setdefault(moment, []).append(hook)
        return hook


def _forbidden(moment: str, error: Exception) -> AgentFSError:
    return HookError(
        f"A hook before {moment} forbade it: {error}",
        code="HOOK_FAILED",
        hint="Nothing was done.",
    )
