"""Running commands in a workspace."""

import sys
from typing import Any, Dict, Mapping, Optional, Union

from .._record import given
from ..commands import Command, Limits, RunResult, limits_for, start_params, wait_ms, words_of
from ..files import PathLike
from ..output import DEFAULT_OUTPUT, AsyncRunStream
from .held import AsyncProcess, AsyncSession, AsyncWatch
from .part import AsyncPart


class AsyncWorkspaceCommands(AsyncPart):
    """Commands see the workspace as the project, and what they change stays in it."""

    async def run(
        self,
        command: Command,
        *,
        env: Optional[Mapping[str, str]] = None,
        workdir: Optional[PathLike] = None,
        input: Optional[str] = None,
        timeout: Optional[float] = None,
        capture_output: bool = True,
        check: bool = False,
        snapshot: Optional[str] = None,
        rollback_on_failure: bool = False,
        wait: Optional[float] = None,
        beside: bool = False,
        sandbox: Optional[str] = None,
        limits: Union[Limits, Mapping[str, Any], None] = None,
        max_output: int = DEFAULT_OUTPUT,
    ) -> RunResult:
        """Runs a command to its end.

        Args:
            command: A line for the shell, or a program and its arguments.
            env: Variables to set.
            workdir: The directory of the workspace to start in; default its root.
            input: What the command reads.
            timeout: Seconds; then it is ended, and the result says ``timed_out``.
            capture_output: False prints the output while it comes, and leaves it out of the result.
            check: Raises unless it exits with status 0.
            snapshot: Runs in this snapshot, and drops the changes.
            rollback_on_failure: Drops the changes when it fails.
            wait: Seconds to wait for other commands in the workspace; default 0.2.
            beside: Runs in the files of the command or session that has the workspace already.
            sandbox: The isolation to insist on: ``none``, ``standard`` or ``restricted``.
            max_output: Bytes of each output to keep, up to 10 MiB.

        Raises:
            CommandError: COMMAND_FAILED, with ``check``; its ``result`` is what is known.
            CommandTimeoutError: COMMAND_TIMEOUT, with ``check``.
            WorkspaceBusyError: WORKSPACE_BUSY.
            AgentFSError: SANDBOX_UNAVAILABLE.
            HookError: HOOK_FAILED.
        """
        params = self._run_params(env, workdir, input, timeout, snapshot, sandbox, limits)
        params.update(command=words_of(command), rollbackOnFailure=rollback_on_failure)
        params.update(given(wait_ms=wait_ms(wait), beside=beside))
        params["maxOutputBytes"] = max_output if capture_output else 0
        await self._engine.hooks.ask_async("run", self._face(), command)
        if capture_output:
            answer = await self._engine.ask_async("command.run", params)
            result = RunResult.read({**answer, "command": command})
        else:
            async with AsyncRunStream(self._engine, command, params, False) as stream:
                async for line in stream:
                    sys.stdout.write(line)
                result = await stream.wait()
        await self._engine.hooks.fire_async("run", self._face(), result)
        if check:
            result.check_returncode()
        return result

    def run_stream(
        self,
        command: Command,
        *,
        env: Optional[Mapping[str, str]] = None,
        workdir: Optional[PathLike] = None,
        input: Optional[str] = None,
        timeout: Optional[float] = None,
        check: bool = False,
        snapshot: Optional[str] = None,
        wait: Optional[float] = None,
        beside: bool = False,
        sandbox: Optional[str] = None,
        limits: Union[Limits, Mapping[str, Any], None] = None,
    ) -> AsyncRunStream:
        """Runs a command, and yields what it prints line by line while it comes.

        A reader that takes its time slows the command down. Its ``wait`` gives the result; leaving
        the loop early and closing it stops the command.

        Args:
            check: Raises at the end unless the command exits with status 0.
            wait: Seconds to wait for other commands in the workspace; default 0.2.
            beside: Runs in the files of the command or session that has the workspace already.
        """
        params = self._run_params(env, workdir, input, timeout, snapshot, sandbox, limits)
        params.update(given(command=words_of(command), wait_ms=wait_ms(wait), beside=beside))
        return AsyncRunStream(self._engine, command, params, check)

    async def start(
        self,
        command: Command,
        *,
        env: Optional[Mapping[str, str]] = None,
        workdir: Optional[PathLike] = None,
        timeout: Optional[float] = None,
        wait: Optional[float] = None,
        sandbox: Optional[str] = None,
        limits: Union[Limits, Mapping[str, Any], None] = None,
    ) -> AsyncProcess:
        """Starts a command that goes on, such as a server.

        Args:
            timeout: Seconds; then it is ended.
            wait: Seconds to wait for other commands in the workspace; default 0.2.

        Raises:
            WorkspaceBusyError: WORKSPACE_BUSY.
            AgentFSError: SANDBOX_UNAVAILABLE.
        """
        params = self._params(sandbox=sandbox, limits=limits_for(limits), wait_ms=wait_ms(wait))
        params.update(start_params(env, workdir, timeout), command=words_of(command))
        return AsyncProcess(self._engine, await self._engine.ask_async("process.start", params))

    def session(
        self,
        *,
        wait: Optional[float] = None,
        sandbox: Optional[str] = None,
        limits: Union[Limits, Mapping[str, Any], None] = None,
    ) -> AsyncSession:
        """Sets the workspace up for several commands, for a block; others wait until its end.

        Args:
            wait: Seconds to wait for other commands in the workspace; default 0.2.
        """
        params = self._params(sandbox=sandbox, limits=limits_for(limits), wait_ms=wait_ms(wait))
        return AsyncSession(self._engine, params)

    def watch(self, *, processes: str = "all") -> AsyncWatch:
        """Takes note of what changes in the workspace, for a block.

        Args:
            processes: Whose changes: ``all``, or those of this engine alone, ``own``.
        """
        return AsyncWatch(self._engine, self._params(processes=processes))

    def _run_params(
        self,
        env: Optional[Mapping[str, str]],
        workdir: Optional[PathLike],
        input: Optional[str],
        timeout: Optional[float],
        snapshot: Optional[str],
        sandbox: Optional[str],
        limits: Union[Limits, Mapping[str, Any], None],
    ) -> Dict[str, Any]:
        more = self._params(
            input=input, snapshot=snapshot, sandbox=sandbox, limits=limits_for(limits)
        )
        return {**start_params(env, workdir, timeout), **more}
