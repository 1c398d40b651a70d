"""The code of docs/PYTHON.md, from its first block to its last."""

import contextlib
import io
import os
import re
import unittest
from typing import Any, Dict
from unittest import mock

from support import HERE, ProjectTest, blocks_of, run_block
from test_daemon import Daemon

MANUAL = HERE.parents[2] / "docs" / "PYTHON.md"


@unittest.skipUnless(MANUAL.is_file(), "the manual is not here")
class ManualTest(ProjectTest):
    files: Dict[str, str] = {}

    def test_its_code_runs(self) -> None:
        daemon = Daemon(self.base)
        self.addCleanup(daemon.stop)
        token = mock.patch.dict(os.environ, {"AGENTFS_TOKEN": daemon.token("manual")})
        token.start()
        self.addCleanup(token.stop)
        names: Dict[str, Any] = {}
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            for block in blocks_of(MANUAL):
                if block.language != "python":
                    continue
                code = block.code.replace("/path/to/project", str(self.base))
                code = code.replace("/path/to/", f"{self.directory}/")
                code = code.replace("http://127.0.0.1:7433", daemon.url)
                run_block(code, names, str(MANUAL), block.line)
        names["afs"].close()
        for expected in (
            r"^1 notes.txt\n 0 notes.txt$",
            r"^\+one$",
            r"^file data/numbers.txt 6 20\d\d-",
            r"^started$",
            r"^3$",
            rf"^{re.escape(os.path.realpath(self.base))} \d+$",
            r"^heard this\n1$",
            r"^add \['succeeded', 'failed'\]$",
            r"^added seen.txt$",
            r"^\['notes.txt'\]\n\[\]$",
            r"^deleted a.txt$",
            r"^\['other'\] 20\d\d-",
            r"^committed my-workspace Add data$|^101$",
            r"^ENOENT /none.txt .+",
            r"^WORKSPACE_NOT_FOUND$",
        ):
            self.assertTrue(re.search(expected, printed.getvalue(), re.M), expected)


if __name__ == "__main__":
    unittest.main()
