"""How the client behaves where things go wrong or happen at once."""

import asyncio
import contextlib
import multiprocessing
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
import unittest
from datetime import datetime, timedelta, timezone
from pathlib import PurePosixPath
from typing import Any, List
from unittest import mock

from support import HERE, ProjectTest

import agentfs
from agentfs import AgentFS, AsyncAgentFS
from agentfs.testing import TemporaryWorkspace

MEBIBYTE = 1024 * 1024


class FilesTest(ProjectTest):
    def setUp(self) -> None:
        super().setUp()
        self.workspace = self.afs.workspace.create("w")

    def test_text_and_bytes_of_any_kind(self) -> None:
        for content in ("", "zwölf\r\n\x00", "\U0001f600"):
            self.workspace.write_file("b.txt", content)
            self.assertEqual(self.workspace.read_file("b.txt"), content)
        self.workspace.write_file(PurePosixPath("b.bin"), b"\xff\x00")
        self.assertEqual(self.workspace.read_file("b.bin", encoding=None), b"\xff\x00")
        self.assertEqual(self.workspace.read_file("b.bin", "latin-1"), "\xff\x00")
        with self.assertRaises(UnicodeDecodeError):
            self.workspace.read_file("b.bin")
        found = self.workspace.read_files(["a.txt", "none"])
        self.assertEqual(found["a.txt"], "one\ntwo\n")
        self.assertIsInstance(found["none"], FileNotFoundError)

    def test_errors_are_those_of_python_too(self) -> None:
        with self.assertRaises(FileNotFoundError) as caught:
            self.workspace.read_file("/none")
        error: Any = caught.exception
        self.assertIsInstance(error, agentfs.AgentFSError)
        self.assertEqual((error.code, error.path, error.filename), ("ENOENT", "/none", "/none"))
        self.assertTrue(error.hint)
        self.assertEqual(pickle.loads(pickle.dumps(error)).code, "ENOENT")
        for call, kind in (
            (lambda: self.workspace.read_file("/"), IsADirectoryError),
            (lambda: self.workspace.list_dir("a.txt"), NotADirectoryError),
            (lambda: self.workspace.write_file("a.txt", "", exclusive=True), FileExistsError),
            (lambda: self.workspace.readlink("a.txt"), OSError),
            (lambda: self.workspace.read_file("../x"), agentfs.InvalidPathError),
            (lambda: self.workspace.run("true", timeout=-1), ValueError),
            (lambda: self.workspace.open_stream("a.txt", "rw"), ValueError),
            (lambda: self.afs.workspace.get("none"), agentfs.WorkspaceNotFoundError),
            (lambda: self.afs.workspace.create("a/b"), agentfs.InvalidNameError),
        ):
            with self.assertRaises(kind):  # type: ignore[call-overload]
                call()

    def test_links_permissions_edits_and_searches(self) -> None:
        self.workspace.chmod("a.txt", 0o755)
        self.workspace.symlink("../a.txt", "links/a")
        self.assertEqual(self.workspace.stat("links/a").permissions, 0o755)
        self.assertEqual(self.workspace.readlink("links/a"), "../a.txt")
        self.assertIn("-two\n+2\n", self.workspace.edit_file("a.txt", "two", "2"))
        found = self.workspace.search(regex="^on", include=["*.txt"])
        self.assertEqual([(each.path, each.line) for each in found], [("a.txt", 1)])

    def test_large_files_are_streams_and_whole_or_not_there(self) -> None:
        piece = bytes(range(256)) * 4096
        with self.workspace.open_stream("large.bin", "wb") as stream:
            for _ in range(12):
                stream.write(piece)
            self.assertFalse(self.workspace.exists("large.bin"))
        with self.assertRaises(RuntimeError):
            with self.workspace.open_stream("large.bin", "wb") as stream:
                stream.write(b"half")
                raise RuntimeError
        self.assertEqual(self.workspace.read_file("large.bin", None), piece * 12)
        self.workspace.write_file("other.bin", piece * 12)
        with self.workspace.open_stream("other.bin") as stream:
            self.assertEqual(stream.read(), piece * 12)
        with self.workspace.open_stream("lines.txt", "w") as text:
            text.writelines(f"{number} ä\n" for number in range(1000))
        with self.workspace.open_stream("lines.txt", "r") as text:
            self.assertEqual(len(list(text)), 1000)
        with self.assertRaises(FileNotFoundError):
            self.workspace.open_stream("none")

    def test_a_batch_that_raises_does_nothing(self) -> None:
        with contextlib.suppress(RuntimeError), self.workspace.batch() as batch:
            batch.write_file("b.txt", "b")
            raise RuntimeError
        with self.assertRaises(FileNotFoundError), self.workspace.batch() as batch:
            batch.write_file("b.txt", "b").delete("none")
        self.assertFalse(self.workspace.exists("b.txt"))

    def test_batch_process_gives_what_came_of_each(self) -> None:
        def read(path: str) -> str:
            return self.workspace.read_file(path)

        found = list(self.workspace.batch_process(["a.txt", "none", "a.txt"], read))
        self.assertEqual([each.ok for each in found], [True, False, True])
        self.assertEqual(found[2].value, "one\ntwo\n")
        self.assertIsInstance(found[1].error, FileNotFoundError)

    def test_settings_history_and_times(self) -> None:
        expires = datetime.now(timezone.utc) + timedelta(days=1)
        self.workspace.update(description="d", tags=["t"], owner="o", expires=expires)
        other = self.afs.workspace.list(tag="t")[0]
        self.assertEqual(other, self.workspace)
        self.assertLess(abs(other.expires - expires), timedelta(milliseconds=2))
        self.assertEqual(other.created_at.utcoffset(), timedelta(0))
        self.workspace.update(name="renamed", owner=None)
        self.assertEqual((self.workspace.name, self.workspace.owner), ("renamed", None))
        self.workspace.write_file("a.txt", "2")
        self.assertEqual(self.workspace.undo().changes[0].path, "a.txt")
        self.assertFalse(self.workspace.status().has_changes)
        self.workspace.redo()
        with self.assertRaises(agentfs.CommitError):
            self.workspace.commit(" ")
        result = self.workspace.commit("Change a")
        self.assertEqual((len(result), bool(result)), (1, True))
        self.afs.revert(str(result.hash))
        self.assertEqual((self.base / "a.txt").read_text(), "one\ntwo\n")
        with self.assertRaises(agentfs.NothingToCommitError):
            self.afs.workspace.create("clean").commit("Nothing", strict=True)
        self.assertTrue(self.afs.audit.verify().ok)
        self.assertTrue(self.afs.verify().ok)
        self.assertEqual(self.afs.storage.usage().workspaces, 2)
        self.assertTrue(self.afs.gc(dry_run=True).dry_run)

    def test_conflicts_come_with_the_error(self) -> None:
        self.workspace.write_file("a.txt", "mine\n")
        (self.base / "a.txt").write_text("theirs\n")
        with self.assertRaises(agentfs.CommitError) as caught:
            self.workspace.commit("Clash")
        self.assertEqual([each.path for each in caught.exception.conflicts], ["a.txt"])


class ConflictsTest(ProjectTest):
    files = {"a.txt": "1\n", "b.txt": "1\n", "c.txt": "1\n"}

    def setUp(self) -> None:
        super().setUp()
        self.workspace = self.afs.workspace.create("w")
        for name in self.files:
            self.workspace.write_file(name, "ours\n")
            (self.base / name).write_text("theirs\n")

    def read(self) -> List[str]:
        return [self.workspace.read_file(name) for name in self.files]

    def test_are_settled_path_by_path_in_one_step(self) -> None:
        workspace = self.workspace
        self.assertEqual([each.path for each in workspace.conflicts()], list(self.files))
        with self.assertRaises(agentfs.MergeConflictError) as caught:
            workspace.resolve({"a.txt": "both\n"}, ours=["b.txt"])
        self.assertEqual([each.path for each in caught.exception.conflicts], ["c.txt"])
        self.assertEqual(self.read(), ["ours\n"] * 3)
        result = workspace.resolve(
            {"a.txt": "both\n"}, ours=["b.txt"], theirs=[PurePosixPath("c.txt")]
        )
        took = [(each.path, each.took) for each in result.conflicts]
        self.assertEqual(took, [("a.txt", "content"), ("b.txt", "ours"), ("c.txt", "theirs")])
        self.assertEqual(self.read(), ["both\n", "ours\n", "theirs\n"])
        self.assertEqual(workspace.undo().operation.id, result.operation_id)
        self.assertEqual(self.read(), ["ours\n"] * 3)

    def test_are_left_in_the_text_by_markers(self) -> None:
        result = self.workspace.rebase(on_conflict="markers", ours=["b.txt"], theirs=["c.txt"])
        self.assertEqual([each.took for each in result.conflicts], ["markers", "ours", "theirs"])
        text, *others = self.read()
        self.assertEqual(others, ["ours\n", "theirs\n"])
        for part in ("<<<<<<<", "ours\n", "=======", "theirs\n", ">>>>>>>"):
            self.assertIn(part, text)

    def test_are_settled_by_a_commit_and_between_workspaces(self) -> None:
        with self.afs.workspace.temp("other", from_workspace="w") as other:
            for name in self.files:
                other.write_file(name, "other\n")
            with self.assertRaises(agentfs.MergeConflictError):
                self.workspace.merge(other.name, ours=["a.txt"])
            self.workspace.merge(other.name, ours=["a.txt"], strategy="theirs", whole_file=True)
            self.assertEqual(self.read(), ["ours\n", "other\n", "other\n"])
        commit = self.workspace.commit("x", on_conflict="ours", theirs=["b.txt"], whole_file=True)
        self.assertEqual([each.took for each in commit.conflicts], ["ours", "theirs", "ours"])
        written = [(self.base / name).read_text() for name in self.files]
        self.assertEqual(written, ["ours\n", "theirs\n", "other\n"])


class CommandsTest(ProjectTest):
    def setUp(self) -> None:
        super().setUp()
        self.workspace = self.afs.workspace.create("w")

    def test_results(self) -> None:
        result = self.workspace.run(["sh", "-c", "cat; echo e >&2; exit 3"], input="in")
        self.assertEqual((result.returncode, result.stdout, result.stderr), (3, "in", "e\n"))
        with self.assertRaises(agentfs.CommandError) as caught:
            self.workspace.run("echo b > b.txt; exit 2", check=True)
        self.assertEqual(caught.exception.result.changes[0].path, "b.txt")
        killed = self.workspace.run("kill -9 $$")
        self.assertEqual(killed.returncode, -signal.SIGKILL)
        with self.assertRaises(agentfs.CommandTimeoutError) as timed:
            self.workspace.run("sleep 60", timeout=0.2, check=True)
        self.assertTrue(timed.exception.result.timed_out)

    def test_lines_come_as_they_are_printed(self) -> None:
        begin = time.monotonic()
        with self.workspace.run_stream("echo one; sleep 60") as stream:
            self.assertEqual(next(stream), "one\n")
        self.assertLess(time.monotonic() - begin, 30)
        for _ in self.workspace.run_stream("yes"):
            break
        self.assertEqual(self.workspace.run("echo after").stdout, "after\n")
        stream = self.workspace.run_stream("seq 2000; exit 4")
        self.assertEqual(sum(1 for _ in stream), 2000)
        self.assertEqual(stream.wait().returncode, 4)

    def test_a_slow_reader_slows_the_command_and_no_other_call(self) -> None:
        stream = self.workspace.run_stream("yes | head -n 20000; echo done > done.txt")
        next(stream)
        time.sleep(0.5)
        self.assertLess(stream._queue.qsize(), 1000)
        self.assertEqual(len(self.afs.workspace.list()), 1)
        self.assertEqual(sum(1 for _ in stream), 19_999)
        self.assertTrue(self.workspace.exists("done.txt"))

    def test_hooks_may_forbid_and_cannot_break(self) -> None:
        ran: List[str] = []

        @self.afs.hooks.before("run")
        def forbid(workspace: Any, command: str) -> None:
            if "rm" in command:
                raise ValueError("no rm")

        @self.afs.hooks.run
        def fail(workspace: Any, result: Any) -> None:
            ran.append(result.stdout)
            raise RuntimeError

        with self.assertLogs("agentfs", "ERROR"):
            self.workspace.run("echo hi")
        self.assertEqual(ran, ["hi\n"])
        with self.assertRaises(agentfs.HookError):
            self.workspace.run("rm a.txt")
        self.assertTrue(self.workspace.exists("a.txt"))

    def test_events(self) -> None:
        heard: List[Any] = []
        come = threading.Event()

        def listen(event: Any) -> None:
            heard.append(event)
            come.set()

        end = self.afs.on("change", listen)
        self.workspace.write_file("b.txt", "b")
        self.assertTrue(come.wait(10))
        self.assertEqual((heard[0].name, heard[0].workspace), ("change", "w"))
        self.assertEqual(heard[0].data["changes"][0]["path"], "b.txt")
        end()


class EngineTest(ProjectTest):
    def test_threads_share_one(self) -> None:
        workspace = self.afs.workspace.create("w")
        problems: List[BaseException] = []

        def work(number: int) -> None:
            try:
                for turn in range(20):
                    workspace.write_file(f"{number}.txt", str(turn))
                    assert workspace.read_file(f"{number}.txt") == str(turn)
            except BaseException as problem:
                problems.append(problem)

        threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(problems, [])
        self.assertEqual(len(workspace.list_dir()), 9)

    def test_one_that_died_is_told_of_and_started_again(self) -> None:
        workspace = self.afs.workspace.create("w")
        pid = self.afs._engine.pid
        assert pid is not None
        timer = threading.Timer(0.5, os.kill, (pid, signal.SIGKILL))
        timer.start()
        with self.assertRaises(agentfs.EngineDiedError) as caught:
            workspace.run("sleep 60")
        self.assertEqual(caught.exception.code, "ENGINE_DIED")
        self.assertEqual(workspace.read_file("a.txt"), "one\ntwo\n")
        self.assertNotEqual(self.afs._engine.pid, pid)

    def test_ends_with_close_and_with_the_program(self) -> None:
        self.afs.workspace.create("w")
        pid = self.afs._engine.pid
        assert pid is not None
        self.afs.close()
        self.assertFalse(self.is_running(pid))
        script = (
            "import sys; from agentfs import AgentFS; afs = AgentFS(sys.argv[1]);"
            "afs.workspace.list(); print(afs._engine.pid)"
        )
        self.assertFalse(self.is_running(int(self.python(script).stdout)))

    def test_ctrl_c_stops_the_command_and_leaves_all_intact(self) -> None:
        script = """
import os, signal, sys, threading
from agentfs import AgentFS
workspace = AgentFS(sys.argv[1]).workspace.create("w")
threading.Timer(1, os.kill, (os.getpid(), signal.SIGINT)).start()
try:
    workspace.run("echo begun > begun.txt; sleep 600")
except KeyboardInterrupt:
    print(workspace.read_file("begun.txt").strip())
"""
        begin = time.monotonic()
        self.assertEqual(self.python(script).stdout, b"begun\n")
        self.assertLess(time.monotonic() - begin, 60)

    @unittest.skipUnless(hasattr(os, "fork"), "there is no fork")
    def test_a_process_that_was_forked_has_one_of_its_own(self) -> None:
        workspace = self.afs.workspace.create("w")
        mine = self.afs._engine.pid
        context: Any = multiprocessing.get_context("fork")
        answers = context.SimpleQueue()

        def child() -> None:
            workspace.write_file("child.txt", "child")
            answers.put(self.afs._engine.pid)
            self.afs.close()

        process = context.Process(target=child)
        process.start()
        process.join(60)
        self.assertEqual(process.exitcode, 0)
        self.assertNotEqual(answers.get(), mine)
        self.assertEqual(self.afs._engine.pid, mine)
        self.assertEqual(workspace.read_file("child.txt"), "child")

    def test_goes_to_other_processes_by_pickle(self) -> None:
        self.afs.workspace.create("w")
        other = pickle.loads(pickle.dumps(self.afs))
        self.addCleanup(other.close)
        self.assertEqual([each.name for each in other.workspace.list()], ["w"])
        workspace = pickle.loads(pickle.dumps(other.workspace.get("w")))
        self.addCleanup(workspace._engine.close)
        self.assertEqual(workspace.read_file("a.txt"), "one\ntwo\n")

    def test_what_is_wrong_from_the_start_is_told(self) -> None:
        with self.assertRaises(agentfs.AgentFSError) as caught:
            AgentFS(self.directory / "none").workspace.list()
        self.assertEqual(caught.exception.code, "BASE_NOT_FOUND")
        for config in ({"cache_size": "much"}, {"storage": {"cache_size_mb": -1}}):
            with self.assertRaises(agentfs.ConfigError):
                AgentFS(self.base, config).workspace.list()
        with self.assertRaises(agentfs.ConfigError):
            agentfs.Config.load(self.directory / "none.toml")
        with mock.patch.dict(os.environ, {"AGENTFS_NODE": "/none/node"}):
            with self.assertRaisesRegex(agentfs.EngineNotFoundError, "AGENTFS_NODE"):
                AgentFS(self.base).workspace.list()
        with mock.patch.dict(os.environ, {"AGENTFS_BIN": "", "PATH": "/none"}):
            with mock.patch("agentfs._program._OWN", self.base / "none"):
                with self.assertRaisesRegex(agentfs.EngineNotFoundError, "AGENTFS_BIN"):
                    AgentFS(self.base).workspace.list()

    def test_importing_loads_only_what_importing_needs(self) -> None:
        late = "asyncio", "pathlib", "shutil", "socket", "ssl", "subprocess", "tempfile"
        script = f"import sys, agentfs; print([each for each in {late} if each in sys.modules])"
        environment = {"PYTHONPATH": str(HERE.parent / "src")}
        command = [sys.executable, "-S", "-c", script]
        done = subprocess.run(command, stdout=subprocess.PIPE, env=environment, check=True)
        self.assertEqual(done.stdout.decode().strip(), "[]")

    def test_one_that_only_reads(self) -> None:
        self.afs.workspace.create("w")
        with AgentFS(self.base, read_only=True) as afs:
            workspace = afs.workspace.get("w")
            self.assertEqual(workspace.read_file("a.txt"), "one\ntwo\n")
            with self.assertRaises(agentfs.ReadOnlyError):
                workspace.write_file("a.txt", "")

    def python(self, script: str) -> Any:
        """Runs a program in a process of its own, with the project as its argument."""
        environment = {**os.environ, "PYTHONPATH": str(HERE.parent / "src")}
        command = [sys.executable, "-c", script, str(self.base)]
        return subprocess.run(
            command, stdout=subprocess.PIPE, env=environment, check=True, timeout=120
        )


class AsyncTest(ProjectTest):
    def test_many_at_once_streams_and_hooks(self) -> None:
        made: List[str] = []

        async def main() -> None:
            async with AsyncAgentFS(self.base) as afs:

                @afs.hooks.workspace_create
                async def tell(workspace: agentfs.AsyncWorkspace) -> None:
                    made.append(workspace.name)

                async with afs.workspace.temp("job") as workspace:
                    await asyncio.gather(
                        *(workspace.write_file(f"{number}.txt", "x") for number in range(1200))
                    )
                    self.assertEqual(len(await workspace.list_dir()), 1201)
                    lines = [line async for line in workspace.run_stream("echo a; echo b")]
                    self.assertEqual(lines, ["a\n", "b\n"])
                    async with workspace.open_stream("big", "wb") as stream:
                        await stream.write(b"x" * (2 * MEBIBYTE + 1))
                    sizes = [len(piece) async for piece in workspace.open_stream("big")]
                    self.assertEqual(sum(sizes), 2 * MEBIBYTE + 1)
                    async with workspace.batch() as batch:
                        batch.delete("big")
                    read = workspace.batch_process(["a.txt", "none"], workspace.read_file)
                    self.assertEqual([each.ok async for each in read], [True, False])
                self.assertEqual(await afs.workspace.list(), [])

        asyncio.run(main())
        self.assertEqual(len(made), 1)

    def test_cancelling_a_task_stops_its_command(self) -> None:
        workspace = self.afs.workspace.create("w")

        async def main() -> None:
            task = asyncio.ensure_future(workspace.run_async("echo a > a.txt; sleep 600"))
            await asyncio.sleep(1)
            task.cancel()
            with self.assertRaises(asyncio.CancelledError):
                await task
            self.assertEqual(await workspace.read_file_async("a.txt"), "a\n")

        begin = time.monotonic()
        asyncio.run(main())
        self.assertLess(time.monotonic() - begin, 60)

    def test_every_method_has_a_twin_with_the_same_parameters(self) -> None:
        import inspect

        for name in ("workspace", "workspaces", "agentfs", "snapshots", "audit", "sync"):
            blocking = __import__(f"agentfs._sync.{name}", fromlist=["x"])
            twins = __import__(f"agentfs._async.{name}", fromlist=["x"])
            for kind, cls in vars(blocking).items():
                twin = getattr(twins, f"Async{kind}", None)
                if not inspect.isclass(cls) or twin is None:
                    continue
                for method, function in inspect.getmembers(twin, inspect.iscoroutinefunction):
                    if method.startswith("_"):
                        continue
                    own = [*inspect.signature(getattr(cls, method)).parameters]
                    self.assertEqual(own, [*inspect.signature(function).parameters])
                    if inspect.ismethod(function):
                        continue  # Makes an object, of the one class or of the other.
                    also = inspect.signature(getattr(cls, f"{method}_async"))
                    self.assertEqual(own, [*also.parameters])


class TestingTest(unittest.TestCase):
    def test_decorator_and_block(self) -> None:
        seen: List[str] = []

        @TemporaryWorkspace({"a/b.txt": "b"})
        def check(workspace: agentfs.Workspace, more: str) -> None:
            seen.append(workspace.read_file("a/b.txt") + more)

        check(more="!")
        check(more="?")
        self.assertEqual(seen, ["b!", "b?"])
        temporary = TemporaryWorkspace()
        with temporary as workspace:
            self.assertEqual(workspace.list_dir(), [])
        self.assertFalse(os.path.exists(temporary.dir))


class GeneratedTest(unittest.TestCase):
    def test_the_blocking_half_is_fresh(self) -> None:
        if sys.version_info < (3, 9):
            self.skipTest("ast.unparse is missing")
        script = str(HERE.parent / "scripts" / "twins.py")
        subprocess.run([sys.executable, script, "--check"], check=True)


if __name__ == "__main__":
    unittest.main()
