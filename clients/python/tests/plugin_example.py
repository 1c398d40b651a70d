"""What a user of the pytest plugin writes; test_plugin.py runs it."""

import pytest


def test_has_a_workspace_of_its_own(agentfs_workspace):
    agentfs_workspace.write_file("a.txt", "a")
    assert agentfs_workspace.run("cat a.txt").stdout == "a"


@pytest.mark.agentfs_files({"src/b.txt": "b"})
def test_has_the_files_that_the_marker_names(agentfs_workspace, agentfs_project):
    assert agentfs_workspace.read_file("src/b.txt") == "b"
    assert not agentfs_workspace.exists("a.txt")
    assert [each.name for each in agentfs_project.workspace.list()] == ["test"]
