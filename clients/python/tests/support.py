"""What the tests share: throw-away projects, and the blocks of the text that the package follows."""

import asyncio
import inspect
import os
import re
import shutil
import sys
import tempfile
import unittest
from pathlib import Path
from typing import Any, Dict, List, NamedTuple

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "src"))

from agentfs import AgentFS  # noqa: E402

ALLOW_TOP_LEVEL_AWAIT = 0x2000  # ast.PyCF_ALLOW_TOP_LEVEL_AWAIT


class Block(NamedTuple):
    """A block of code in a text, and the headings that it stands under."""

    heading: str
    language: str
    code: str
    line: int


def blocks_of(path: Path) -> List[Block]:
    """The blocks of code of a Markdown file, in their order."""
    found: List[Block] = []
    heading, language, code, start = "", None, [], 0
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(keepends=True), 1):
        fence = re.match(r"```(\w*)\s*$", line)
        if language is not None:
            if fence:
                found.append(Block(heading, language, "".join(code), start))
                language = None
            else:
                code.append(line)
        elif fence:
            language, code, start = fence.group(1), [], number + 1
        elif line.startswith("#"):
            heading = line.strip("# \n")
    return found


def run_block(code: str, names: Dict[str, Any], where: str, line: int) -> None:
    """Executes code that may await at its top level."""
    compiled = compile("\n" * (line - 1) + code, where, "exec", ALLOW_TOP_LEVEL_AWAIT)
    if compiled.co_flags & inspect.CO_COROUTINE:
        asyncio.run(eval(compiled, names))
    else:
        exec(compiled, names)


class ProjectTest(unittest.TestCase):
    """A test with a project of its own."""

    files: Dict[str, str] = {"a.txt": "one\ntwo\n"}

    def setUp(self) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="agentfs-test-"))
        self.addCleanup(shutil.rmtree, self.directory, True)
        self.base = self.directory / "project"
        for path, content in self.files.items():
            target = self.base / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(content)
        self.base.mkdir(exist_ok=True)
        self.afs = AgentFS(self.base)
        self.addCleanup(self.afs.close)

    def is_running(self, pid: int) -> bool:
        """Whether there is such a process."""
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        try:
            return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
        except FileNotFoundError:
            return False
