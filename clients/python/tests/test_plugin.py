"""The plugin of pytest, with pytest itself."""

import importlib.util
import os
import subprocess
import sys
import tempfile
import unittest

from support import HERE


@unittest.skipIf(importlib.util.find_spec("pytest") is None, "pytest is not installed")
class PluginTest(unittest.TestCase):
    def test_fixtures(self) -> None:
        command = [sys.executable, "-m", "pytest", "-q", "--strict-markers"]
        command += ["-p", "no:cacheprovider", "-p", "agentfs.pytest_plugin"]
        command += [str(HERE / "plugin_example.py")]
        environment = {**os.environ, "PYTHONPATH": str(HERE.parent / "src")}
        with tempfile.TemporaryDirectory() as directory:
            done = subprocess.run(
                command, stdout=subprocess.PIPE, env=environment, cwd=directory, check=False
            )
        self.assertIn(b"2 passed", done.stdout, done.stdout.decode())


if __name__ == "__main__":
    unittest.main()
