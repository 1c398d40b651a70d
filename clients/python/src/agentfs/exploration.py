"""Several ways that were tried at once, and what came of each."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Dict, List, Mapping, Optional, Sequence, Union

from ._record import Record, list_of, told
from .changes import DiffStats
from .commands import Command, words_of
from .history import CommitResult

# By name, or without names.
Candidates = Union[Mapping[str, Command], Sequence[Command]]


@dataclass(eq=False, repr=False)
class Candidate(Record):
    """One way that was tried.

    Attributes:
        workspace: Where it is; None once it is dropped.
        state: ``waiting``, ``running``, ``judging``, ``succeeded``, ``failed``, ``timed-out`` or
            ``cancelled``; None while that is not known.
        output: The end of what it has printed.
        rank: From 1 for the best.
    """

    name: str
    workspace: Optional[str] = None
    state: Optional[str] = None
    score: Optional[float] = None
    exit_code: Optional[int] = None
    output: str = ""
    error: Optional[str] = None
    stats: Optional[DiffStats] = told(DiffStats.read)
    duration: timedelta = told(lambda ms: timedelta(milliseconds=ms), "durationMs", timedelta())
    rank: Optional[int] = None


@dataclass(eq=False, repr=False)
class Exploration(Record):
    """What came of several ways: all of them, best first, and the one that was kept.

    Attributes:
        best: None when none has succeeded.
        commit: What landed in the project, if that was asked for.
    """

    id: str
    ranking: List[Candidate] = list_of(Candidate)
    best: Optional[Candidate] = told(Candidate.read)
    commit: Optional[CommitResult] = told(CommitResult.read)


def candidates_for(candidates: Candidates) -> List[Dict[str, Any]]:
    """Candidates as the engine takes them."""
    if isinstance(candidates, Mapping):
        return [{"name": name, "command": words_of(each)} for name, each in candidates.items()]
    return [{"command": words_of(each)} for each in candidates]
