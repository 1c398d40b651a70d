"""What is held open, and what goes beyond one workspace: processes, sessions, watches, explorations."""

import asyncio
import threading
import unittest
from typing import List

from support import ProjectTest

import agentfs
from agentfs import AgentFS, AsyncAgentFS

_LONG = 120.0


class ProcessTest(ProjectTest):
    def test_goes_on_answers_and_is_stopped(self) -> None:
        workspace = self.afs.workspace.create("w")
        script = "echo begun; read line; echo got $line; echo $line > got.txt; sleep 600"
        with workspace.start(script) as process:
            self.assertTrue(process.is_running)
            self.assertGreater(process.pid, 0)
            self.assertEqual(process.started_at.utcoffset().total_seconds(), 0)  # type: ignore
            self.assertEqual(self.heard(process, "begun\n"), "begun\n")
            process.write("hello\n")
            self.assertEqual(self.heard(process, "got hello\n"), "got hello\n")
            result = process.stop()
        self.assertFalse(process.is_running)
        self.assertNotEqual(result.returncode, 0)
        self.assertEqual([each.path for each in result.changes], ["got.txt"])
        self.assertEqual(workspace.read_file("/got.txt"), "hello\n")

    def test_ends_by_itself_and_keeps_what_it_has_said(self) -> None:
        workspace = self.afs.workspace.create("w")
        process = workspace.start(["cat"])
        process.write(b"\xe2\x82\xac\n", end=True)
        result = process.wait()
        self.assertEqual((result.returncode, result.stdout), (0, "€\n"))
        self.assertEqual(process.read(), "")
        late = workspace.start("echo said; sleep 600", timeout=0.5).wait()
        self.assertTrue(late.timed_out)
        self.assertEqual(late.stdout, "said\n")

    def test_leaving_the_block_ends_it(self) -> None:
        workspace = self.afs.workspace.create("w")
        with self.assertRaisesRegex(RuntimeError, "mine"):
            with workspace.start("sleep 600") as process:
                raise RuntimeError("mine")
        self.assertFalse(process.is_running)
        self.assertEqual(workspace.run("true").returncode, 0)

    def heard(self, process: agentfs.Process, wanted: str) -> str:
        """What it prints until this is there."""
        text = ""
        while wanted not in text and process.is_running:
            text += process.read(wait=_LONG)
        return text


class SessionTest(ProjectTest):
    def test_commands_see_what_those_before_have_left(self) -> None:
        workspace = self.afs.workspace.create("w")
        with workspace.session() as session:
            session.run("echo 1 > n.txt")
            self.assertEqual(session.run("cat n.txt").stdout, "1\n")
            self.assertFalse(workspace.exists("/n.txt"))
            taken = session.checkpoint()
            self.assertEqual([each.path for each in taken.changes], ["n.txt"])
            self.assertEqual(workspace.read_file("/n.txt"), "1\n")
            with self.assertRaises(agentfs.CommandError):
                session.run("exit 3", check=True)
            session.run("echo 2 > n.txt", env={"A": "b"}, workdir="/", timeout=60)
        self.assertEqual(workspace.read_file("/n.txt"), "2\n")

    def test_may_drop_what_came_after_a_checkpoint(self) -> None:
        workspace = self.afs.workspace.create("w")
        with workspace.session() as session:
            session.run("echo kept > kept.txt")
            session.checkpoint()
            session.run("echo lost > lost.txt")
            self.assertEqual(session.close(discard=True).changes, [])
        self.assertTrue(workspace.exists("/kept.txt"))
        self.assertFalse(workspace.exists("/lost.txt"))


class LivePlaceTest(ProjectTest):
    files = {"a.txt": "before\n", ".gitignore": "out/\n"}

    def test_is_read_and_joined_while_a_command_runs(self) -> None:
        workspace = self.afs.workspace.create("w")
        command = "echo now > a.txt; mkdir d; echo new > d/b.txt; echo up; cat"
        with workspace.start(command) as process:
            process.read(wait=60)
            self.assertEqual(workspace.read_file("a.txt"), "before\n")
            self.assertEqual(workspace.read_file("a.txt", live=True), "now\n")
            self.assertEqual(workspace.read_files(["d/b.txt"], live=True), {"d/b.txt": "new\n"})
            self.assertEqual(workspace.stat("d/b.txt", live=True).size, 4)
            self.assertFalse(workspace.exists("d"))
            self.assertTrue(workspace.exists("d", live=True))
            names = [each.path for each in workspace.list_dir("d", live=True)]
            self.assertEqual(names, ["d/b.txt"])
            self.assertEqual(workspace.run("cat d/b.txt", beside=True).stdout, "new\n")

    def test_what_is_busy_is_waited_for(self) -> None:
        self.afs.workspace.create("w")
        with AgentFS(self.base) as other, self.afs.workspace.get("w").session() as session:
            waiting = other.workspace.get("w")
            with self.assertRaises(agentfs.WorkspaceBusyError):
                waiting.run("true", wait=0)
            with self.assertRaises(ValueError):
                waiting.run("true", wait=-1)
            found = []
            thread = threading.Thread(
                target=lambda: found.append(waiting.run("cat c.txt", wait=60).stdout)
            )
            thread.start()
            session.run("echo done > c.txt")
            session.close()
            thread.join()
            self.assertEqual(found, ["done\n"])

    def test_ignored_content_is_told_of(self) -> None:
        workspace = self.afs.workspace.create("w")
        self.assertIsNone(workspace.run("true").ignored)
        ignored = workspace.run("mkdir out; printf 12345 > out/x").ignored
        self.assertEqual(
            (ignored.paths, ignored.removed, ignored.files, ignored.bytes), (["out"], [], 1, 5)
        )


class WatchTest(ProjectTest):
    def test_tells_of_changes_while_they_happen(self) -> None:
        workspace = self.afs.workspace.create("w")
        with workspace.watch() as watch:
            self.assertEqual(watch.read(), [])
            timer = threading.Timer(0.2, workspace.write_file, ("/new.txt", "x"))
            timer.start()
            [notice] = watch.read(wait=_LONG)
            self.assertEqual((notice.type, notice.path), ("added", "new.txt"))
            timer.join()

    def test_ends_with_its_workspace(self) -> None:
        workspace = self.afs.workspace.create("w")
        seen: List[str] = []
        with workspace.watch() as watch:
            workspace.write_file("/a.txt", "x")
            threading.Timer(0.5, self.afs.workspace.delete, ("w",)).start()
            for notice in watch:
                seen.append(notice.path)
        self.assertEqual(seen, ["a.txt"])


class BeyondTest(ProjectTest):
    def test_explores_judges_and_chooses(self) -> None:
        found = self.afs.explore(
            {"good": "echo good > out.txt", "bad": ["sh", "-c", "echo bad > out.txt"]},
            judge="grep -q good out.txt",
            keep="all",
            timeout=60,
        )
        assert found.best is not None
        self.assertEqual((found.best.name, found.best.state), ("good", "succeeded"))
        self.assertEqual([each.name for each in found.ranking], ["good", "bad"])
        self.assertEqual(len(self.afs.exploration(found.id)), 2)
        kept = self.afs.choose(found.id, "good")
        assert kept is not None
        self.assertEqual(self.afs.workspace.get(kept).read_file("/out.txt"), "good\n")
        landed = self.afs.explore(["echo x > landed.txt"], commit="Land it")
        assert landed.commit is not None
        self.assertEqual((self.base / "landed.txt").read_text(), "x\n")

    def test_says_what_can_land_together(self) -> None:
        for name, text in (("a", "one"), ("b", "two"), ("c", "three")):
            workspace = self.afs.workspace.create(name)
            workspace.write_file("/c.txt" if name == "c" else "/both.txt", text)
        check = self.afs.workspaces.check_merge(["a", "b", "c"])
        self.assertEqual([(each.first, each.second) for each in check.clashes], [("a", "b")])
        self.assertEqual(check.clashes[0].conflicts[0].path, "both.txt")
        self.assertEqual(
            sorted([*check.order, *(e.workspace for e in check.left)]), ["a", "b", "c"]
        )

    def test_shows_a_workspace_as_a_directory(self) -> None:
        workspace = self.afs.workspace.create("w")
        workspace.write_file("/b.txt", "b")
        directory = workspace.materialize()
        self.assertEqual((directory / "b.txt").read_text(), "b")
        (directory / "edited.txt").write_text("by an editor")
        workspace.materialize()
        self.assertEqual(workspace.read_file("/edited.txt"), "by an editor")

    def test_goes_through_an_archive_and_back(self) -> None:
        workspace = self.afs.workspace.create("w")
        workspace.write_file("/large.bin", bytes(range(256)) * 10_000)
        archive = self.directory / "w.tar.gz"
        workspace.export_tar(archive, gzip=True)
        self.assertEqual(archive.read_bytes()[:2], b"\x1f\x8b")
        copy = self.afs.workspace.import_tar("copy", archive)
        self.assertEqual(copy.read_file("/large.bin", None), bytes(range(256)) * 10_000)
        copy.write_file("/more.txt", "x")
        done = copy.import_tar(archive, replace=True)
        self.assertEqual(
            [(each.type, each.path) for each in done.changes], [("deleted", "more.txt")]
        )
        archive.write_bytes(b"no archive")
        with self.assertRaises(agentfs.AgentFSError) as caught:
            self.afs.workspace.import_tar("broken", archive)
        self.assertEqual(caught.exception.code, "ARCHIVE_INVALID")
        self.assertFalse(self.afs.workspace.exists("broken"))

    def test_shows_a_tree_and_says_whose_the_store_is(self) -> None:
        workspace = self.afs.workspace.create("w")
        workspace.write_file("src/a/b.py", "")
        tree = workspace.tree(exclude=["a.txt"])
        self.assertEqual((tree.total, tree.truncated), (3, False))
        [source] = tree
        self.assertEqual((source.name, source.kind), ("src", "directory"))
        self.assertEqual(source.children[0].children[0].name, "b.py")
        self.assertTrue(workspace.tree(limit=1).truncated)
        adoption = self.afs.adopt()
        self.assertEqual((adoption.settings, adoption.remotes), ([], []))

    def test_says_what_takes_up_room_and_how_commands_can_run(self) -> None:
        workspace = self.afs.workspace.create("w")
        workspace.write_file("/large.bin", b"x" * 100_000)
        analysis = self.afs.storage.analyze(limit=1)
        self.assertEqual([each.path for each in analysis.largest_files], ["large.bin"])
        self.assertGreater(analysis.logical_bytes, 100_000)
        names = [each.name for each in self.afs.capabilities()]
        self.assertEqual(sorted(names), ["directory", "overlay"])


class AsyncHeldTest(ProjectTest):
    def test_all_of_it_in_an_event_loop(self) -> None:
        async def work() -> List[str]:
            async with AsyncAgentFS(self.base) as afs:
                workspace = await afs.workspace.create("w")
                said: List[str] = []
                async with await workspace.start("read x; echo $x") as process:
                    await process.write("hi\n")
                    said.append((await process.wait()).stdout)
                async with workspace.session() as session:
                    said.append((await session.run("echo session")).stdout)
                async with workspace.watch() as watch:
                    await workspace.write_file("/n.txt", "x")
                    async for notice in watch:
                        said.append(notice.path)
                        break
                found = await afs.explore(["true"])
                said.append(found.ranking[0].state or "")
                return said

        self.assertEqual(asyncio.run(work()), ["hi\n", "session\n", "n.txt", "succeeded"])
        workspace = self.afs.workspace.create("twin")
        process = asyncio.run(workspace.start_async("true"))
        self.assertIsInstance(process, agentfs.AsyncProcess)


if __name__ == "__main__":
    unittest.main()
