"""What callers say about conflicts, as the engine takes it."""

from typing import Any, Dict, List, Mapping, Optional, Sequence, Union

from .batch import content_of
from .files import PathLike, path_text


def decided(
    on_conflict: str,
    ours: Optional[Sequence[PathLike]],
    theirs: Optional[Sequence[PathLike]],
    whole_file: Optional[bool],
) -> Dict[str, Any]:
    """Sides for all conflicts, and for those of some paths."""
    return {
        "on_conflict": on_conflict,
        "ours": None if ours is None else [path_text(each) for each in ours],
        "theirs": None if theirs is None else [path_text(each) for each in theirs],
        "whole_file": whole_file,
    }


def decisions(
    contents: Optional[Mapping[str, Union[str, bytes]]],
    ours: Optional[Sequence[PathLike]],
    theirs: Optional[Sequence[PathLike]],
) -> List[Dict[str, Any]]:
    """A decision for each path."""
    made: List[Dict[str, Any]] = [
        {"path": path_text(path), "choice": "content", **content_of(content)}
        for path, content in (contents or {}).items()
    ]
    for choice, paths in (("ours", ours), ("theirs", theirs)):
        made += [{"path": path_text(path), "choice": choice} for path in paths or ()]
    return made
