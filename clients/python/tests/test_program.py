"""Which program is started as the engine."""

import os
import unittest
from pathlib import Path
from typing import Any

from support import ProjectTest

from agentfs import EngineNotFoundError
from agentfs._program import engine_command


class ProgramTest(ProjectTest):
    """In a directory that somebody else has filled."""

    files = {"agentfs": "#!/bin/sh\n", "node": "#!/bin/sh\n", "bin/agentfs": "#!/bin/sh\n"}

    def setUp(self) -> None:
        super().setUp()
        before = os.getcwd()
        self.addCleanup(os.chdir, before)
        os.chdir(self.base)
        for name in self.files:
            Path(name).chmod(0o755)

    def command(self, **environment: str) -> Any:
        return engine_command(environment)

    def test_a_bare_name_is_looked_up_on_path_alone(self) -> None:
        own = os.path.realpath("bin/agentfs")
        path = os.path.dirname(own)
        self.assertEqual(self.command(AGENTFS_BIN="agentfs", PATH=path), [own])
        with self.assertRaises(EngineNotFoundError):
            self.command(AGENTFS_BIN="agentfs", PATH="/none")
        with self.assertRaises(EngineNotFoundError):
            self.command(AGENTFS_BIN="/none.js", AGENTFS_NODE="node", PATH="/none")

    def test_a_path_is_what_it_names(self) -> None:
        found = self.command(AGENTFS_BIN="./agentfs", PATH="/none")
        self.assertEqual(found, [os.path.realpath("agentfs")])


if __name__ == "__main__":
    unittest.main()
