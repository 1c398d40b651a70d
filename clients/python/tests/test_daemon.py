"""An AgentFS that uses a daemon, by its socket and by its URL."""

import asyncio
import json
import os
import pickle
import signal
import socket
import subprocess
import threading
import time
import unittest
from typing import Any, Dict, List, Optional

from support import ProjectTest

import agentfs
from agentfs import AgentFS, AsyncAgentFS, RunResult
from agentfs._program import engine_command

_LONG = 120.0


class Daemon:
    """A daemon for one project, until it is stopped."""

    def __init__(self, base: Any, *more: str) -> None:
        self.base = base
        self.note = base / ".agentfs" / "serve.json"
        self._program = engine_command(os.environ)
        self._process = subprocess.Popen(
            [*self._program, "serve", "--base", str(base), "--api", "0", *more],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        self.pid = self._process.pid
        begin = time.monotonic()
        while not self.addresses:
            if self._process.poll() is not None or time.monotonic() - begin > _LONG:
                raise AssertionError(f"There is no daemon: {self.stop()!r}")
            time.sleep(0.02)

    @property
    def addresses(self) -> Dict[str, List[str]]:
        """How it is reached, once it is."""
        try:
            note = json.loads(self.note.read_text())
        except (OSError, ValueError):
            return {}
        # One that was killed leaves its note.
        found: Dict[str, List[str]] = note["addresses"] if note["pid"] == self.pid else {}
        return found

    @property
    def socket(self) -> str:
        """The address of its socket."""
        return self.addresses["rpc"][0]

    @property
    def url(self) -> str:
        """The address of its API."""
        return self.addresses["api"][0]

    def token(self, name: str, *options: str) -> str:
        """Makes a token."""
        words = [*self._program, "--json", "token", "create", name, "--base", str(self.base)]
        made = subprocess.run([*words, *options], stdout=subprocess.PIPE, check=True)
        return str(json.loads(made.stdout)["token"])

    def stop(self, how: int = signal.SIGTERM) -> bytes:
        """Ends it; returns its log."""
        if self._process.poll() is None:
            self._process.send_signal(how)
        log = self._process.communicate(timeout=_LONG)[1]
        return log or b""


@unittest.skipUnless(hasattr(socket, "AF_UNIX"), "there are no Unix sockets")
class DaemonTest(ProjectTest):
    def setUp(self) -> None:
        super().setUp()
        self.afs.close()
        self.daemon = self.served()

    def served(self) -> Daemon:
        daemon = Daemon(self.base)
        self.addCleanup(daemon.stop)
        return daemon

    def connected(self, address: Any = None, token: Optional[str] = None, **more: Any) -> AgentFS:
        afs = AgentFS.connect(address or self.daemon.socket, token, **more)
        self.addCleanup(afs.close)
        return afs

    def ways(self) -> List[AgentFS]:
        """One by the socket, one by the URL."""
        return [self.connected(), self.connected(self.daemon.url, self.daemon.token("test"))]

    def test_does_what_one_of_our_own_does_by_socket_and_by_url(self) -> None:
        for number, afs in enumerate(self.ways()):
            self.assertEqual(os.path.realpath(afs.base_path), os.path.realpath(self.base))
            workspace = afs.workspace.create(f"w{number}")
            self.assertEqual(workspace.run("cat a.txt").stdout, "one\ntwo\n")
            workspace.write_file("/b.txt", f"b{number}")
            lines = list(workspace.run_stream("echo 1; echo 2"))
            self.assertEqual(lines, ["1\n", "2\n"])
            commit = workspace.commit(f"From {number}")
            self.assertTrue(commit.hash)
            self.assertEqual((self.base / "b.txt").read_text(), f"b{number}")
            self.assertEqual(len(afs.log()), number + 1)
            self.assertIsNone(afs._engine.pid)

    def test_streams_files_that_are_large(self) -> None:
        piece = bytes(range(256)) * 4096
        for number, afs in enumerate(self.ways()):
            workspace = afs.workspace.create(f"w{number}")
            with workspace.open_stream("/large.bin", "wb") as stream:
                for _ in range(20):
                    stream.write(piece)
            with workspace.open_stream("/large.bin", "rb") as stream:
                self.assertEqual(stream.read(), piece * 20)

    def test_tells_of_what_others_do(self) -> None:
        seen: List[str] = []
        told = threading.Event()
        afs, other = self.ways()

        def listener(event: agentfs.Event) -> None:
            seen.append(event.workspace or "")
            told.set()

        afs.on("workspace_create", listener)
        other.workspace.create("theirs")
        self.assertTrue(told.wait(_LONG))
        self.assertEqual(seen, ["theirs"])

    def test_calls_run_side_by_side(self) -> None:
        afs = self.connected(self.daemon.url, self.daemon.token("test"))
        afs.workspace.create("w")
        problems: List[BaseException] = []

        def work(number: int) -> None:
            try:
                workspace = afs.workspace.get("w")
                for each in range(20):
                    workspace.write_file(f"/{number}/{each}", "x" * 1000)
                    self.assertEqual(workspace.read_file(f"/{number}/{each}"), "x" * 1000)
            except BaseException as error:
                problems.append(error)

        threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(problems, [])

    def test_in_an_event_loop(self) -> None:
        token = self.daemon.token("test")

        async def work(address: str) -> str:
            async with await AsyncAgentFS.connect(address, token) as afs:
                workspace = await afs.workspace.create("async")
                results: List[RunResult] = await asyncio.gather(
                    workspace.run("echo one"), workspace.run("echo two")
                )
                await afs.workspace.delete("async")
                return "".join(each.stdout for each in results)

        for address in (self.daemon.socket, self.daemon.url):
            self.assertEqual(asyncio.run(work(address)), "one\ntwo\n")

    def test_a_task_that_is_cancelled_stops_its_command(self) -> None:
        async def work() -> bool:
            async with await AsyncAgentFS.connect(self.daemon.socket) as afs:
                workspace = await afs.workspace.create("w")
                task = asyncio.ensure_future(workspace.run("echo begun > begun; sleep 600"))
                await asyncio.sleep(0.5)
                task.cancel()
                with self.assertRaises(asyncio.CancelledError):
                    await task
                return (await workspace.run("true")).returncode == 0

        self.assertTrue(asyncio.run(work()))

    def test_may_do_what_its_token_allows(self) -> None:
        owner = self.connected()
        owner.workspace.create("w")
        reader = self.connected(self.daemon.url, self.daemon.token("reader", "--scope", "read"))
        workspace = reader.workspace.get("w")
        self.assertEqual(workspace.read_file("/a.txt"), "one\ntwo\n")
        for call in (
            lambda: workspace.write_file("/a.txt", "x"),
            lambda: workspace.run("true"),
            lambda: workspace.open_stream("/a.txt", "wb"),
        ):
            with self.assertRaises(agentfs.PermissionDeniedError):
                call()
        few = self.connected(self.daemon.url, self.daemon.token("few", "--only", "other-*"))
        with self.assertRaises(agentfs.PermissionDeniedError):
            few.workspace.get("w").read_file("/a.txt")
        self.assertEqual(few.workspace.create("other-1").read_file("/a.txt"), "one\ntwo\n")

    def test_says_why_it_is_not_let_in(self) -> None:
        for token in (None, "afs_wrong"):
            with self.assertRaises(agentfs.AgentFSError) as caught:
                AgentFS.connect(self.daemon.url, token)
            self.assertEqual(caught.exception.code, "UNAUTHENTICATED")
            self.assertIn("agentfs token create", caught.exception.hint)
        token = self.daemon.token("test")
        with self.assertRaises(agentfs.AgentFSError) as caught:
            AgentFS.connect(self.daemon.url, token, project="none")
        self.assertEqual(caught.exception.code, "PROJECT_NOT_FOUND")
        self.assertEqual(self.connected(self.daemon.url, token, project="project").log(), [])

    def test_says_when_there_is_no_daemon(self) -> None:
        with socket.socket() as listening:
            listening.bind(("127.0.0.1", 0))
            port = listening.getsockname()[1]
        for address in (
            self.directory / "none.sock",
            f"unix:{self.directory}/none.sock",
            f"http://127.0.0.1:{port}",
            "http://127.0.0.1:1/",
        ):
            with self.assertRaises(agentfs.DaemonUnreachableError) as caught:
                AgentFS.connect(address)
            self.assertIsInstance(caught.exception, ConnectionError)
            self.assertEqual(caught.exception.code, "DAEMON_UNREACHABLE")
            self.assertIn("agentfs serve", caught.exception.hint)

    def test_says_when_something_else_answers(self) -> None:
        for answer in (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", b"220 mail\r\n", b""):
            with socket.socket() as listening:
                listening.bind(("127.0.0.1", 0))
                listening.listen(1)

                def once(listener: Any = listening, said: bytes = answer) -> None:
                    other, _ = listener.accept()
                    with other:
                        other.recv(65536)
                        other.sendall(said)

                thread = threading.Thread(target=once)
                thread.start()
                with self.assertRaisesRegex(agentfs.DaemonUnreachableError, "no daemon"):
                    AgentFS.connect(f"http://127.0.0.1:{listening.getsockname()[1]}")
                thread.join()

    def test_refuses_what_no_address_or_token_can_be(self) -> None:
        for address in ("ftp://localhost", "http://", "http://a:b@localhost", "http://[::1"):
            with self.assertRaises(agentfs.InvalidArgumentError):
                AgentFS.connect(address)
        for token in ("", "a b", "a\r\nX-Evil: 1", "é"):
            with self.assertRaises(agentfs.InvalidArgumentError):
                AgentFS.connect(self.daemon.url, token)

    def test_goes_on_with_the_next_daemon(self) -> None:
        for afs in self.ways()[:1]:
            workspace = afs.workspace.create("w")
            timer = threading.Timer(0.5, self.daemon.stop, (signal.SIGKILL,))
            timer.start()
            with self.assertRaises(agentfs.EngineDiedError) as caught:
                workspace.run("sleep 600")
            self.assertIn("agentfs serve", caught.exception.hint)
            timer.join()
            with self.assertRaises(agentfs.DaemonUnreachableError):
                workspace.read_file("/a.txt")
            self.daemon = self.served()
            self.assertEqual(workspace.read_file("/a.txt"), "one\ntwo\n")

    def test_leaves_the_daemon_running_when_it_is_closed(self) -> None:
        afs = self.connected()
        afs.workspace.create("w")
        afs.close()
        self.assertEqual([each.name for each in self.connected().workspace.list()], ["w"])

    def test_goes_to_other_processes_by_fork_and_by_pickle(self) -> None:
        token = self.daemon.token("test")
        afs = self.connected(self.daemon.url, token)
        workspace = afs.workspace.create("w")
        other = pickle.loads(pickle.dumps(afs))
        self.addCleanup(other.close)
        self.assertEqual(other.base_path, afs.base_path)
        self.assertEqual(other.workspace.get("w").read_file("/a.txt"), "one\ntwo\n")
        self.assertNotIn(token, repr(afs) + str(afs))
        if not hasattr(os, "fork"):
            return
        child = os.fork()
        if child == 0:
            status = 1
            try:
                workspace.write_file("/child.txt", "child")
                afs.close()
                status = 0
            finally:
                os._exit(status)
        self.assertEqual(os.waitpid(child, 0)[1], 0)
        self.assertEqual(workspace.read_file("/child.txt"), "child")


if __name__ == "__main__":
    unittest.main()
