"""The quick start of the text, word for word, with the package that is installed."""

import re
import sys
import tempfile
from pathlib import Path

import agentfs

assert "site-packages" in agentfs.__file__, agentfs.__file__
text = (Path(__file__).parent / "sdk-text.md").read_text(encoding="utf-8")
code = re.findall(r"## Quick Start\n+```python\n(.*?)```", text, re.S)[0]
with tempfile.TemporaryDirectory() as directory:
    names: dict = {}
    exec(code.replace("/path/to/project", directory), names)
    names["afs"].close()
    if names["result"].stdout != "Hello from AgentFS\n":
        sys.exit(f"unexpected: {names['result']}")
