"""Every block of the text that this package follows, run word for word, with what it leads to.

Only what lies outside of workspaces is pointed at a temporary directory: the project, a file to
export to, a configuration file and a database. Each block finds made what it presupposes.
"""

import contextlib
import importlib.util
import io
import json
import os
import shutil
import subprocess
import sys
import unittest
from typing import Any, Callable, Dict, List

from support import HERE, ProjectTest, blocks_of, run_block

import agentfs

TEXT = HERE / "sdk-text.md"
BLOCKS = {block.heading: block for block in blocks_of(TEXT) if block.language == "python"}
SCRIPT = "#!/bin/sh\n"


class TextTest(ProjectTest):
    """Runs a block, and holds what it prints and leaves against what it says."""

    files = {
        "a.txt": "one\n",
        "docs/guide.md": "# Guide\n",
        "src/main.py": "print('hi')\n",
        "src/old.txt": "old\n",
        "src/temp.txt": "temp\n",
        "src/Makefile": "test:\n\t@echo tested\n",
        "script.py": "import os; print(os.environ['API_KEY'], os.environ['DEBUG'])\n",
        "path/to/file.txt": "content",
    }
    scripts = {
        "build.sh": "echo building; echo built\n",
        "long-running-task": "echo done\n",
        "task.sh": "echo task > task.txt\n",
        "risky-operation.sh": "rm a.txt\n",
    }

    def setUp(self) -> None:
        super().setUp()
        for name, body in self.scripts.items():
            (self.base / name).write_text(SCRIPT + body)
            (self.base / name).chmod(0o755)
        self.printed = io.StringIO()
        self.names: Dict[str, Any] = {"AgentFS": agentfs.AgentFS}

    def point(self, code: str) -> str:
        """Points what lies outside of workspaces at the temporary directory."""
        for place, target in (
            ("/path/to/project", self.base),
            ("/path/to/audit.json", self.directory / "audit.json"),
            ("/path/to/config.toml", self.directory / "config.toml"),
            ("libsql://mydb-org.turso.io", f"file:{self.directory / 'remote.db'}"),
        ):
            code = code.replace(place, str(target))
        return code

    def given(self) -> None:
        """What most blocks presuppose: an AgentFS and a workspace."""
        self.workspace = self.afs.workspace.create("my-workspace")
        self.names.update(afs=self.afs, workspace=self.workspace)

    def run_text(self, heading: str) -> List[str]:
        """Runs the block under a heading as a whole; returns the lines that it prints."""
        block = BLOCKS[heading]
        with contextlib.redirect_stdout(self.printed):
            run_block(self.point(block.code), self.names, str(TEXT), block.line)
        for name in ("afs", "config"):
            self.addCleanup(getattr(self.names.get(name), "close", lambda: None))
        return self.printed.getvalue().splitlines()

    def run_steps(self, heading: str, before: Dict[str, Callable[[], None]]) -> List[str]:
        """Runs a block step by step, and calls functions before those that begin with a line."""
        block, line = BLOCKS[heading], BLOCKS[heading].line
        for step in block.code.split("\n\n"):
            with contextlib.redirect_stdout(self.printed):
                before.get(step.split("\n", 1)[0], lambda: None)()
                run_block(self.point(step), self.names, str(TEXT), line)
            line += step.count("\n") + 2
        return self.printed.getvalue().splitlines()

    def test_every_block_has_a_test(self) -> None:
        self.assertEqual(len(BLOCKS), 19)
        source = (HERE / "test_text.py").read_text(encoding="utf-8")
        untested = [heading for heading in BLOCKS if f'"{heading}"' not in source]
        self.assertEqual(untested, [])

    def test_quick_start(self) -> None:
        self.assertEqual(self.run_text("Quick Start"), ["Hello from AgentFS", ""])
        self.assertEqual(self.names["result"].returncode, 0)
        self.assertEqual(self.names["workspace"].name, "my-workspace")
        self.assertFalse(self.afs.log())

    def test_agentfs(self) -> None:
        self.run_text("AgentFS")
        afs = self.names["afs"]
        self.assertEqual(afs.base_path, str(self.base))
        self.assertEqual(afs.config["cache_size"], 256)
        self.assertIs(afs.config["audit_enabled"], True)
        self.assertEqual(afs.workspace.list(), [])

    def test_workspace(self) -> None:
        self.names["afs"] = self.afs

        def take_snapshot() -> None:
            before = self.afs.workspace.get("my-workspace")
            before.write_file("/b.txt", "b")
            self.afs.workspace.create("kept", from_workspace="my-workspace").snapshot.create(
                "checkpoint-v1"
            )
            self.afs.workspace.delete("my-workspace")

        def look() -> None:
            self.assertEqual(self.names["workspace"].read_file("b.txt"), "b")

        steps = {"# Create from snapshot": take_snapshot, "# Get existing workspace": look}
        self.assertEqual(self.run_steps("Workspace", steps), ["kept: ", "my-workspace: "])
        self.assertEqual([each.name for each in self.afs.workspace.list()], ["kept"])

    @unittest.skipIf(shutil.which("make") is None, "there is no make")
    def test_running_commands(self) -> None:
        self.given()
        seen: Dict[str, str] = {}

        def keep(name: str) -> Callable[[], None]:
            return lambda: seen.update({name: self.names["result"].stdout})

        steps = {
            "# With working directory": keep("env"),
            "# Capture output": keep("workdir"),
            "# Streaming output": keep("capture"),
        }
        printed = self.run_steps("Running Commands", steps)
        self.assertEqual(printed[0], "0")
        self.assertTrue(any(line.endswith(" a.txt") for line in printed))
        self.assertEqual(printed[-2:], ["building", "built"])
        self.assertEqual(seen, {"env": "secret 1\n", "workdir": "tested\n", "capture": "done\n"})

    def test_file_operations(self) -> None:
        self.given()

        def write_again() -> None:
            self.assertFalse(self.workspace.exists("/path/to/file.txt"))
            self.workspace.write_file("/path/to/file.txt", "Hello, World!")

        printed = self.run_steps("File Operations", {"# Get file info": write_again})
        self.assertEqual(self.names["content"], "content")
        self.assertEqual(printed[0], "File exists")
        self.assertIn("main.py (12 bytes)", printed)
        self.assertRegex(printed[-1], r"^Size: 13, Modified: 20\d\d-.*\+00:00$")
        self.assertEqual(self.workspace.read_file("src/new.txt"), "old\n")
        self.assertEqual(self.workspace.read_file("dst/final.txt"), "temp\n")
        self.assertFalse(self.workspace.exists("src/temp.txt"))

    def test_snapshots(self) -> None:
        self.given()

        def change() -> None:
            self.workspace.write_file("a.txt", "changed")

        def restored() -> None:
            self.assertEqual(self.workspace.read_file("a.txt"), "one\n")

        def take_two() -> None:
            self.assertEqual(self.workspace.snapshot.list(), [])
            self.workspace.snapshot.create("checkpoint-v1")
            change()
            self.workspace.snapshot.create("checkpoint-v2")

        steps = {
            "# Restore snapshot": change,
            "# Delete snapshot": restored,
            "# Compare snapshots": take_two,
        }
        printed = self.run_steps("Snapshots", steps)
        self.assertRegex(printed[0], r"^checkpoint: 20\d\d-.*\+00:00$")
        self.assertEqual(printed[1:], ["modified: a.txt"])
        self.assertEqual(self.names["snapshot"].description, "Before major refactor")

    def test_status_and_diff(self) -> None:
        self.given()
        self.workspace.write_file("a.txt", "two\n")
        self.workspace.snapshot.create("checkpoint")
        self.workspace.write_file("new.txt", "new\n")
        self.workspace.delete("src/old.txt")
        printed = self.run_text("Status and Diff")
        self.assertEqual(printed[:3], ["Modified: a.txt", "Added: new.txt", "Deleted: src/old.txt"])
        self.assertIn("+two", printed)
        self.assertEqual(
            [(change.type, change.path) for change in self.names["diff"]],
            [("added", "new.txt"), ("deleted", "src/old.txt")],
        )

    def test_commit(self) -> None:
        self.given()
        self.workspace.write_file("a.txt", "1")

        def one() -> None:
            self.workspace.write_file("c.txt", "2")

        def both() -> None:
            self.workspace.write_file("docs/guide.md", "2")
            self.workspace.write_file("b.txt", "3")

        steps = {
            "# Commit with author": one,
            "# Commit specific files": both,
        }
        self.assertEqual(self.run_steps("Commit", steps), ["Would commit 1 files"])
        log = self.afs.log()
        self.assertEqual(
            [each.message for each in log],
            ["Updated documentation", "Fixed bug in parser", "Implemented feature X"],
        )
        self.assertEqual(str(log[1].author), "Developer <dev@example.com>")
        self.assertEqual((self.base / "docs/guide.md").read_text(), "2")
        self.assertFalse((self.base / "b.txt").exists())

    def test_audit_logging(self) -> None:
        self.given()
        self.workspace.write_file("/src/main.py", "two")
        printed = self.run_text("Audit Logging")
        self.assertRegex(printed[0], r"^20\d\d-.*\+00:00: write src/main.py$")
        self.assertEqual(printed[1], "  Size: 3")
        self.assertEqual(len(self.names["logs"]), 1)
        exported = json.loads((self.directory / "audit.json").read_text())
        self.assertEqual(exported[-1]["path"], "src/main.py")
        self.assertEqual(exported[-1]["details"]["size_after"], 3)

    def test_cloud_sync(self) -> None:
        self.given()
        self.workspace.write_file("b.txt", "b")
        printed = self.run_text("Cloud Sync")
        self.assertRegex(printed[0], r"^Last sync: 20\d\d-.*\+00:00$")
        self.assertEqual(printed[1], "Pending changes: 0")
        self.assertEqual(self.workspace.sync.status().state, "disabled")
        self.assertTrue((self.directory / "remote.db").exists())

    def test_configuration(self) -> None:
        (self.directory / "config.toml").write_text("[storage]\ncache_size_mb = 64\n")
        seen: List[Any] = []
        steps = {
            "# Or create programmatically": lambda: seen.append(self.names["config"]["cache_size"])
        }
        self.run_steps("Configuration", steps)
        self.addCleanup(self.names["afs"].close)
        self.assertEqual(seen, [64])
        self.assertEqual(self.names["config"].get("sync.interval"), 300)
        workspace = self.names["afs"].workspace.create("w")
        workspace.sync.enable(turso_db=f"file:{self.directory / 'remote.db'}")
        self.assertEqual(workspace.sync.status().mode, "periodic")

    def test_event_hooks(self) -> None:
        sent: List[str] = []
        self.names.update(afs=self.afs, send_notification=sent.append)
        self.run_text("Event Hooks")
        with contextlib.redirect_stdout(self.printed):
            workspace = self.afs.workspace.create("hooked")
            workspace.write_file("b.txt", "b")
            workspace.commit("Add b")
        printed = self.printed.getvalue().splitlines()
        self.assertEqual(printed, ["Created workspace: hooked", "Committed: Add b"])
        self.assertEqual(sent, ["Workspace hooked created"])

    def test_error_handling(self) -> None:
        self.afs.workspace.create("existing-workspace")
        self.names["afs"] = self.afs
        printed = self.run_text("Error Handling")
        self.assertEqual(printed[:2], ["Workspace already exists", "Snapshot not found"])
        self.assertRegex(printed[2], "^Sync failed: .")
        self.assertEqual(len(printed), 3)
        self.assertEqual(self.names["workspace"].name, "existing-workspace")
        for name in ("WorkspaceNotFoundError", "CommitError"):
            self.assertIs(self.names[name], getattr(agentfs, name))

    def test_batch_operations(self) -> None:
        self.given()
        self.workspace.write_file("old-file.txt", "old")
        files = self.workspace.list_dir("/src")
        self.names.update(files=files, process_file=lambda file: file.size)
        printed = self.run_text("Batch Operations")
        self.assertEqual(self.workspace.read_file("file2.txt"), "content2")
        self.assertFalse(self.workspace.exists("old-file.txt"))
        self.assertEqual(printed, [f"Processed: {file.path}" for file in files])
        # All of the batch is one step.
        self.assertEqual(len(self.workspace.history()), 2)

    def test_streaming(self) -> None:
        self.given()
        content = bytes(range(256)) * 1000
        self.workspace.write_file("large-file.bin", content)
        chunks: List[bytes] = []
        self.names["process_chunk"] = chunks.append
        self.assertEqual(self.run_text("Streaming"), ["building", "built"])
        self.assertEqual(b"".join(chunks), content)
        self.assertEqual(len(chunks[0]), 8192)

    def test_context_managers(self) -> None:
        self.given()
        kept = self.workspace
        names: List[str] = []
        self.afs.hooks.on_workspace_create = lambda workspace: names.append(workspace.name)
        self.names["success"] = False
        steps = {"# Temporary snapshot": lambda: self.names.update(workspace=kept)}
        self.run_steps("Context Managers", steps)
        self.assertRegex(names[0], "^temp-task-")
        self.assertEqual([each.name for each in self.afs.workspace.list()], ["my-workspace"])
        self.assertEqual(kept.read_file("a.txt"), "one\n")
        self.assertEqual(kept.snapshot.list(), [])

    @unittest.skipIf(importlib.util.find_spec("pytest") is None, "there is no pytest")
    def test_testing(self) -> None:
        test = self.directory / "test_of_the_text.py"
        test.write_text(BLOCKS["Testing"].code)
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(test)]
        environment = {**os.environ, "PYTHONPATH": str(HERE.parent / "src")}
        done = subprocess.run(
            command, stdout=subprocess.PIPE, cwd=self.directory, env=environment, check=False
        )
        self.assertEqual(done.returncode, 0, done.stdout.decode())
        self.assertIn(b"4 passed", done.stdout)

    def test_type_hints(self) -> None:
        self.given()
        self.run_text("Type Hints")
        self.assertEqual(self.names["process_workspace"](self.workspace), [])
        self.assertIsNone(self.names["create_snapshot"](self.workspace, "one"))
        self.workspace.write_file("a.txt", "two")
        self.assertEqual(self.names["process_workspace"](self.workspace), ["a.txt"])
        snapshot = self.names["create_snapshot"](self.workspace, "one")
        self.assertIsInstance(snapshot, agentfs.Snapshot)

    def test_async_support(self) -> None:
        with self.assertRaises(agentfs.SyncError) as caught:
            self.run_text("Async Support")
        self.assertEqual(caught.exception.code, "SYNC_DISABLED")
        workspace = self.afs.workspace.get("my-workspace")
        self.assertEqual(workspace.read_file("/file.txt"), "content")
        self.assertEqual(len(self.afs.audit.logs(operation="run")), 1)


if __name__ == "__main__":
    unittest.main()
