"""Puts the engine into the package, so that the next wheel brings it along: what was built, and the
packages of Node that it needs, among them a binary for this kind of machine and of Node.

Usage: python scripts/stage_engine.py [--remove]
"""

import json
import shutil
import sys
from pathlib import Path
from typing import Iterator, Set

ROOT = Path(__file__).resolve().parents[3]
TARGET = ROOT / "clients" / "python" / "src" / "agentfs" / "_engine"

# What only a compiler or a reader needs.
LEFT_OUT = shutil.ignore_patterns(
    *("*.map", "*.d.ts", "*.d.cts", "*.d.mts", "*.ts", "*.md", "*.markdown", "docs", "example"),
    *("*.c", "*.h", "*.cpp", "*.gyp", "*.gypi", "*.o", "*.a", "*.d", "*.sh", "*.mk", "Makefile"),
    *(".deps", "obj", "obj.target", "test_extension.node", "test", "tests", "examples"),
    *("node_modules", ".bin"),
)


def main() -> None:
    shutil.rmtree(TARGET, ignore_errors=True)
    if "--remove" in sys.argv:
        return
    if not (ROOT / "dist" / "cli" / "main.js").is_file():
        sys.exit("There is no dist: run npm run build first.")
    shutil.copytree(ROOT / "dist", TARGET / "dist", ignore=LEFT_OUT)
    shutil.copy(ROOT / "package.json", TARGET)
    shutil.copy(ROOT / "LICENSE", TARGET)
    for package in sorted(needed(ROOT)):
        path = package.relative_to(ROOT)
        shutil.copytree(package, TARGET / path, ignore=LEFT_OUT)
    size = sum(each.stat().st_size for each in TARGET.rglob("*") if each.is_file())
    print(f"staged {size / 1e6:.1f} MB")


def needed(root: Path) -> Set[Path]:
    """The directories of all packages that the program needs when it runs."""
    found: Set[Path] = set()
    waiting = [root]
    while waiting:
        package = waiting.pop()
        for name, is_needed in dependencies(package):
            place = placed(package, name)
            if place is None and is_needed:
                sys.exit(f"{name} of {package.name} is not installed.")
            if place is not None and place not in found:
                found.add(place)
                waiting.append(place)
    return found


def dependencies(package: Path) -> Iterator[tuple]:
    manifest = json.loads((package / "package.json").read_text(encoding="utf-8"))
    optional = manifest.get("optionalDependencies", {})
    for name in manifest.get("dependencies", {}):
        # It fetches or builds the binary, which is there already.
        if name != "prebuild-install":
            yield name, name not in optional
    for name in optional:
        yield name, False


def placed(package: Path, name: str) -> "Path | None":
    """Where Node finds a package, seen from another one."""
    for above in (package, *package.parents):
        place = above / "node_modules" / name
        if (place / "package.json").is_file():
            return place
        if above == ROOT:
            return None
    return None


if __name__ == "__main__":
    main()
