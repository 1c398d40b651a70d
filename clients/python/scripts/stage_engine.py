"""Puts the engine into the package, so that the next wheel brings it along: what was built, and the
packages of Node that it needs, among them a driver for this kind of machine and versions of Node.

Usage: python scripts/stage_engine.py [--node NODE]... [--into DIRECTORY] | --remove

The driver fits the Node on PATH, for which npm has built it, and each NODE, for which it is built
here: that takes a C++ compiler, and the headers and the npm that come along with Node.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
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


DRIVER = Path("node_modules") / "better-sqlite3"
BINARY = Path("build") / "Release" / "better_sqlite3.node"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--node", action="append", default=[])
    parser.add_argument("--into", type=Path, default=TARGET)
    parser.add_argument("--remove", action="store_true")
    wanted = parser.parse_args()
    target: Path = wanted.into
    shutil.rmtree(target, ignore_errors=True)
    if wanted.remove:
        return
    if not (ROOT / "dist" / "cli" / "main.js").is_file():
        sys.exit("There is no dist: run npm run build first.")
    shutil.copytree(ROOT / "dist", target / "dist", ignore=LEFT_OUT)
    shutil.copy(ROOT / "package.json", target)
    shutil.copy(ROOT / "LICENSE", target)
    for package in sorted(needed(ROOT)):
        path = package.relative_to(ROOT)
        shutil.copytree(package, target / path, ignore=LEFT_OUT)
    shutil.rmtree(target / DRIVER / "build")
    majors = {place_driver(os.environ.get("AGENTFS_NODE") or "node", ROOT / DRIVER, target)}
    for node in wanted.node:
        with tempfile.TemporaryDirectory() as directory:
            majors.add(place_driver(node, built_for(node, Path(directory)), target))
    (target / "nodes.json").write_text(json.dumps(sorted(majors)), encoding="utf-8")
    size = sum(each.stat().st_size for each in target.rglob("*") if each.is_file())
    print(f"staged {size / 1e6:.1f} MB, for Node {', '.join(map(str, sorted(majors)))}")


def built_for(node: str, directory: Path) -> Path:
    """Builds the driver anew; returns where it is."""
    prefix = Path(shutil.which(node) or node).resolve().parents[1]
    driver = directory / "better-sqlite3"
    shutil.copytree(ROOT / DRIVER, driver, ignore=shutil.ignore_patterns("build"))
    gyp = prefix / "lib/node_modules/npm/node_modules/node-gyp/bin/node-gyp.js"
    command = [node, str(gyp), "rebuild", "--release", "--silent", f"--nodedir={prefix}"]
    # What npm hands on to its scripts would count more than the options, another nodedir too.
    env = {key: each for key, each in os.environ.items() if not key.startswith("npm_config_")}
    subprocess.run(command, cwd=driver, env=env, check=True)
    return driver


def place_driver(node: str, driver: Path, target: Path) -> int:
    """Puts the binary where the driver looks for that of this Node; returns its major version."""
    script = """
      const { versions, platform, arch } = process;
      process.dlopen({ exports: {} }, process.argv[1]);
      console.log(`node-v${versions.modules}-${platform}-${arch} ${parseInt(versions.node)}`);
    """
    binary = driver / BINARY
    # Only one that this Node can load.
    told = subprocess.run(
        [node, "-e", script, str(binary)], stdout=subprocess.PIPE, check=True, text=True
    )
    name, major = told.stdout.split()
    place = target / DRIVER / "lib" / "binding" / name
    place.mkdir(parents=True, exist_ok=True)
    shutil.copy(binary, place)
    return int(major)


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
