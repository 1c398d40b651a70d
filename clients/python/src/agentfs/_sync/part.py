"""What all that is about one workspace has in common."""
# Made by scripts/twins.py: change _async, and run that.

from typing import Any, Dict

from .._engine import Engine
from .._record import given
from ..state import WorkspaceState


class Part:
    """A part of the interface of one workspace."""

    def __init__(self, engine: Engine, state: WorkspaceState) -> None:
        self._engine = engine
        self._state = state

    def _face(self) -> Any:
        """The workspace as hooks get it."""
        return self._engine.presented(self._state)

    def _params(self, **params: Any) -> Dict[str, Any]:
        return given(workspace=self._state.name, **params)
