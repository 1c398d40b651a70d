"""What is known of a workspace, which several objects share."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Callable, List, Optional, TypeVar

from ._record import Record, time_of, told
from .commands import Limits

W = TypeVar("W")


@dataclass(eq=False, repr=False)
class WorkspaceInfo(Record):
    """The settings of a workspace as they were when the engine was asked last."""

    name: str
    id: str
    description: str = ""
    tags: List[str] = told(default=[])
    agent_id: Optional[str] = None
    owner: Optional[str] = None
    read_only: bool = False
    expires: Optional[datetime] = told(time_of)
    parent: Optional[str] = None
    state: str = "active"
    created_at: datetime = told(time_of)
    updated_at: datetime = told(time_of)
    fork: str = ""
    sandbox: Optional[str] = None
    limits: Limits = told(Limits.read, default=Limits())


class WorkspaceState:
    """Holds the settings, of which a rename or update makes new ones."""

    def __init__(self, info: WorkspaceInfo) -> None:
        self.info = info

    @property
    def name(self) -> str:
        """What the workspace is called now."""
        return self.info.name


class WorkspaceProperties:
    """The settings of a workspace, as attributes."""

    _state: WorkspaceState

    @property
    def info(self) -> WorkspaceInfo:
        """All settings, as they were when the engine was asked last; see ``refresh``."""
        return self._state.info

    @property
    def name(self) -> str:
        """Its name."""
        return self._state.info.name

    @property
    def id(self) -> str:
        """Stays when the workspace is renamed."""
        return self._state.info.id

    @property
    def description(self) -> str:
        """What it is for; empty where nobody has said."""
        return self._state.info.description

    @property
    def tags(self) -> List[str]:
        """Words to find it by."""
        return list(self._state.info.tags)

    @property
    def agent_id(self) -> Optional[str]:
        """The only agent that may change it; None for all."""
        return self._state.info.agent_id

    @property
    def owner(self) -> Optional[str]:
        """Whose it is."""
        return self._state.info.owner

    @property
    def read_only(self) -> bool:
        """Whether it can only be read."""
        return self._state.info.read_only

    @property
    def expires(self) -> Optional[datetime]:
        """When it becomes read-only, in UTC; None for never."""
        return self._state.info.expires

    @property
    def parent(self) -> Optional[str]:
        """The workspace that it was forked from."""
        return self._state.info.parent

    @property
    def state(self) -> str:
        """``active``, ``frozen`` or ``archived``."""
        return self._state.info.state

    @property
    def created_at(self) -> datetime:
        """When it was made, in UTC."""
        return self._state.info.created_at

    @property
    def updated_at(self) -> datetime:
        """When it was changed last, in UTC."""
        return self._state.info.updated_at

    @property
    def sandbox(self) -> Optional[str]:
        """The isolation that its commands must have; None for what the configuration says."""
        return self._state.info.sandbox

    @property
    def limits(self) -> Limits:
        """The bounds of its commands."""
        return self._state.info.limits

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, WorkspaceProperties) and other.id == self.id

    def __hash__(self) -> int:
        return hash(self.id)


def own(kind: Callable[[Any, Any], W], other: Any) -> W:
    """The same workspace as an object of another class."""
    return kind(other._engine, other._state)
