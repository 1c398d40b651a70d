"""A plugin of pytest, which finds it by itself: fixtures with throw-away projects."""

from typing import Any, Iterator

import pytest

from ._sync.agentfs import AgentFS
from ._sync.workspace import Workspace
from .testing import write_files


def pytest_configure(config: Any) -> None:
    """Makes the marker known."""
    config.addinivalue_line(
        "markers", "agentfs_files(files): contents by path of the project of agentfs_workspace."
    )


@pytest.fixture
def agentfs_project(request: Any, tmp_path: Any) -> Iterator[AgentFS]:
    """An AgentFS over a directory of its own, with the files that the marker names."""
    base = tmp_path / "agentfs-project"
    base.mkdir()
    marker = request.node.get_closest_marker("agentfs_files")
    if marker is not None:
        write_files(str(base), marker.args[0])
    with AgentFS(base) as afs:
        yield afs


@pytest.fixture
def agentfs_workspace(agentfs_project: AgentFS) -> Workspace:
    """A workspace over a directory of its own."""
    return agentfs_project.workspace.create("test")
