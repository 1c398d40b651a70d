"""What the engine tells, as dataclasses: names in snake_case, times aware and in UTC.

They are made with ``eq=False, repr=False``, and get both from here, as they get that nothing in
them can be changed: what ``dataclass`` would write for each of them takes longer to compile than
all else of the package.
"""

import dataclasses
import os
import re
from datetime import datetime, timezone
from typing import Any, Callable, Dict, List, Mapping, Optional, Tuple, Type, TypeVar

R = TypeVar("R", bound="Record")
_Reader = Callable[[Any], Any]


class Record:
    """The base of every dataclass that is read from an answer of the engine."""

    @classmethod
    def read(cls: Type[R], data: Mapping[str, Any]) -> R:
        """Makes one of an answer; what a newer engine says besides is left out."""
        fields = _FIELDS.get(cls)
        if fields is None:
            fields = _FIELDS[cls] = _fields_of(cls)
        values: Dict[str, Any] = {}
        for name, wire, reader in fields:
            value = data.get(wire)
            if value is not None:
                values[name] = value if reader is None else reader(value)
        return cls(**values)

    def __setattr__(self, name: str, value: Any) -> None:
        if name in self.__dict__:
            raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")
        self.__dict__[name] = value

    def __delattr__(self, name: str) -> None:
        raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")

    def __eq__(self, other: object) -> bool:
        if other.__class__ is not self.__class__:
            return NotImplemented
        return self.__dict__ == other.__dict__

    def __hash__(self) -> int:
        return hash(repr(self))

    def __repr__(self) -> str:
        values = ", ".join(f"{name}={value!r}" for name, value in self.__dict__.items())
        return f"{type(self).__name__}({values})"


_FIELDS: Dict[type, List[Tuple[str, str, Optional[_Reader]]]] = {}


def _fields_of(cls: Any) -> List[Tuple[str, str, Optional[_Reader]]]:
    return [
        (each.name, each.metadata.get("wire", camel_case(each.name)), each.metadata.get("reader"))
        for each in dataclasses.fields(cls)
    ]


def told(reader: Optional[_Reader] = None, wire: str = "", default: Any = None) -> Any:
    """A field that may be missing, or has to be converted.

    Args:
        reader: Converts what the engine says.
        wire: What the engine calls it, when that is not the same in camelCase.
        default: What it is where the engine says nothing; a list is made anew each time.
    """
    metadata: Dict[str, Any] = {} if reader is None else {"reader": reader}
    if wire:
        metadata["wire"] = wire
    if isinstance(default, list):
        return dataclasses.field(default_factory=list, metadata=metadata)
    return dataclasses.field(default=default, metadata=metadata)


def list_of(kind: Type[R]) -> Any:
    """A field that is a list of records; empty where the engine says nothing."""
    return told(lambda items: [kind.read(each) for each in items], default=[])


def time_of(text: str) -> datetime:
    """Reads a time of the engine: ISO 8601 in UTC, with milliseconds."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=timezone.utc)


def time_text(time: datetime) -> str:
    """Writes a time for the engine; one without a zone is local time, as everywhere in Python."""
    return time.astimezone(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def camel_case(name: str) -> str:
    """``created_at`` as ``createdAt``."""
    head, *rest = name.split("_")
    return head + "".join(word.capitalize() for word in rest)


def snake_case(name: str) -> str:
    """``createdAt`` as ``created_at``."""
    return re.sub(r"[A-Z]", lambda letter: "_" + letter.group().lower(), name)


def snake_keys(value: Any) -> Any:
    """Plain data whose names are in snake_case."""
    if isinstance(value, dict):
        return {snake_case(name): snake_keys(each) for name, each in value.items()}
    if isinstance(value, list):
        return [snake_keys(each) for each in value]
    return value


def unique_name(prefix: str) -> str:
    """A name that no other one is like."""
    return f"{prefix}-{os.urandom(4).hex()}"


def given(**params: Any) -> Dict[str, Any]:
    """Parameters for the engine: in camelCase, and without those that are None."""
    return {camel_case(name): value for name, value in params.items() if value is not None}
