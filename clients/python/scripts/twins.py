"""Writes the blocking half of the package, ``_sync``, from ``_async``: nothing is written twice.

``await`` goes, names lose their ``Async``, and each method that is a coroutine gets a twin whose
name ends in ``_async``. ``--check`` writes nothing and fails when something is stale.

Usage: python scripts/twins.py [--check]
"""

import ast
import re
import sys
from pathlib import Path
from typing import Iterator, List, Union

PACKAGE = Path(__file__).parent.parent / "src" / "agentfs"

# How the twin of an object is made; classes that are not here have none.
TWINS = {
    "AsyncContents": "(self._engine, self._state)",
    "AsyncWorkspaceFiles": "(self._engine, self._state)",
    "AsyncWorkspaceCommands": "(self._engine, self._state)",
    "AsyncWorkspace": "(self._engine, self._state)",
    "AsyncSnapshots": "(self._engine, self._state)",
    "AsyncAuditLog": "(self._engine, self._state)",
    "AsyncSync": "(self._engine, self._state)",
    "AsyncWorkspaces": "(self._engine)",
    "AsyncStorage": "(self._engine)",
    "AsyncAgentFS": ".of(self)",
}
# Methods that are no coroutines, and have a twin all the same.
PLAIN = ("run_stream", "open_stream", "batch_process")

WORDS = (
    (r"async def __aenter__", "def __enter__"),
    (r"async def __aexit__", "def __exit__"),
    (r"\b__aiter__\b", "__iter__"),
    (r"async def __anext__", "def __next__"),
    (r"\bStopAsyncIteration\b", "StopIteration"),
    (r"\basynccontextmanager\b", "contextmanager"),
    (r"file_streams\.AsyncFile\(", "file_streams.open_file("),
    (r"-> file_streams\.AsyncFile:", "-> IO[Any]:"),
    (r"\basync (def|with|for) ", r"\1 "),
    (r"\bawait ", ""),
    (r"_async\(", "("),
    (r"\bAsync(?=[A-Z])", ""),
)

Method = Union[ast.FunctionDef, ast.AsyncFunctionDef]


def main() -> None:
    stale = []
    for source in sorted((PACKAGE / "_async").glob("*.py")):
        target = PACKAGE / "_sync" / source.name
        text = blocking(source.read_text(encoding="utf-8"), source.stem)
        if target.exists() and target.read_text(encoding="utf-8") == text:
            continue
        stale.append(source.name)
        if "--check" not in sys.argv:
            target.write_text(text, encoding="utf-8")
    if stale and "--check" in sys.argv:
        sys.exit(f"Stale: {', '.join(stale)}. Run: python scripts/twins.py")


def blocking(source: str, module: str) -> str:
    """The blocking form of a module."""
    lines = source.splitlines(keepends=True)
    tree = ast.parse(source)
    out: List[str] = []
    done = 0
    for each in tree.body:
        if not isinstance(each, ast.ClassDef) or each.name not in TWINS:
            continue
        overloads: List[str] = []
        for method in each.body:
            if not isinstance(method, (ast.FunctionDef, ast.AsyncFunctionDef)):
                continue
            end = method.end_lineno or 0
            out.append(without_async("".join(lines[done:end])))
            done = end
            if is_overload(method):
                overloads.extend(twin(method, lines))
            elif has_twin(method):
                out.extend([*overloads, *twin(method, lines)])
                overloads = []
        if TWINS[each.name]:
            out.append(twin_property(each.name))
    out.append(without_async("".join(lines[done:])))
    text = "".join(out)
    if not text:
        return text
    return with_imports(text, module)


def is_overload(method: Method) -> bool:
    return any(getattr(each, "id", "") == "overload" for each in method.decorator_list)


def has_twin(method: Method) -> bool:
    # What makes an object has a twin in the class of the twins.
    makes = any(getattr(each, "id", "") == "classmethod" for each in method.decorator_list)
    if makes or method.name.startswith("_"):
        return False
    return isinstance(method, ast.AsyncFunctionDef) or method.name in PLAIN


def twin(method: Method, lines: List[str]) -> Iterator[str]:
    """The method whose name ends in ``_async``, or an overload of it."""
    head = "".join(lines[method.lineno - 1 : method.body[0].lineno - 1])
    if is_overload(method) and method.body[0].lineno == method.end_lineno:
        head = "".join(lines[method.lineno - 1 : method.end_lineno])
    head = re.sub(rf"\bdef {method.name}\(", f"def {method.name}_async(", head)
    is_coroutine = isinstance(method, ast.AsyncFunctionDef)
    returns = ast.unparse(method.returns) if method.returns else ""
    if "AsyncWorkspace" in returns:
        head = head.replace("AsyncWorkspace", "Workspace")
    yield "\n"
    if is_overload(method):
        yield f"    @overload\n{head}"
        return
    yield f'{head}        """Does what ``{method.name}`` does, in an event loop."""\n'
    call = f"self._twin.{method.name}({', '.join(arguments(method))})"
    if not is_coroutine:
        yield f"        return {call}\n"
    elif returns == "AsyncWorkspace":
        yield f"        return own(Workspace, await {call})\n"
    elif returns == "List[AsyncWorkspace]":
        yield f"        return [own(Workspace, each) for each in await {call}]\n"
    else:
        yield f"        {'' if returns == 'None' else 'return '}await {call}\n"


def arguments(method: Method) -> Iterator[str]:
    for each in method.args.args[1:]:
        yield each.arg
    for each in method.args.kwonlyargs:
        yield f"{each.arg}={each.arg}"
    if method.args.kwarg is not None:
        yield f"**{method.args.kwarg.arg}"


def twin_property(name: str) -> str:
    return (
        "\n    @property\n"
        f'    def _twin(self) -> "twins.{name}":\n'
        f"        return twins.{name}{TWINS[name]}\n"
    )


def without_async(text: str) -> str:
    for pattern, replacement in WORDS:
        text = re.sub(pattern, replacement, text)
    return text


def with_imports(text: str, module: str) -> str:
    """Adds what only this half needs, after the docstring."""
    end = text.index('"""\n') + 4 if text.startswith('"""\n') else text.index('"""\n', 3) + 4
    more = ["# Made by scripts/twins.py: change _async, and run that.\n"]
    rest = text[end:]
    if "twins." in rest or "_twin" in rest:
        rest = rest.replace("from .", f"from .._async import {module} as twins\nfrom .", 1)
    if "IO[Any]" in rest:
        known = re.search(r"^from typing import .*\bAny\b", rest, re.M)
        more_names = "IO, " if known else "IO, Any, "
        rest = rest.replace("from typing import ", f"from typing import {more_names}", 1)
    if "AsyncRunStream" in rest:
        # The first one is where it is imported.
        rest = re.sub(r"(?<!Async)\bRunStream\b", "AsyncRunStream, RunStream", rest, count=1)
    if "AsyncProcess" in rest:
        rest = rest.replace("from .", "from .._async.held import AsyncProcess\nfrom .", 1)
    if " own(" in rest or "[own(" in rest:
        rest = rest.replace("from ..state import ", "from ..state import own, ", 1)
    return text[:end] + "".join(more) + rest


if __name__ == "__main__":
    main()
