"""A workspace as tools for the OpenAI Agents SDK: an agent works in it, and you take or leave it.

pip install agentfs openai-agents

from agents import Agent, Runner
agent = Agent("Coder", tools=workspace_tools(workspace))
await Runner.run(agent, "Fix the failing test.")
"""

from typing import Any, List

from agents import FunctionTool, function_tool

from agentfs import AsyncWorkspace


def workspace_tools(workspace: AsyncWorkspace) -> List[FunctionTool]:
    """Tools that read, write, list and run in one workspace, and take a step back."""
    tool = function_tool(failure_error_function=tell)

    @tool
    async def read_file(path: str) -> str:
        """Read a text file of the workspace."""
        return await workspace.read_file(path)

    @tool
    async def write_file(path: str, content: str) -> str:
        """Write a text file of the workspace as a whole."""
        return f"Wrote {await workspace.write_file(path, content)} bytes."

    @tool
    async def edit_file(path: str, old: str, new: str) -> str:
        """Replace a piece of text that stands in one place of a file."""
        return await workspace.edit_file(path, old, new)

    @tool
    async def list_files(path: str = "/") -> List[str]:
        """List a directory of the workspace."""
        return [each.path for each in await workspace.list_dir(path)]

    @tool
    async def run_command(command: str) -> str:
        """Run a command line in the workspace."""
        result = await workspace.run(command, timeout=120)
        return f"exit status {result.returncode}\n{result.stdout}{result.stderr}"

    @tool
    async def show_changes() -> str:
        """Show what was changed in the workspace so far, as a patch."""
        return (await workspace.diff()).text or "No changes."

    @tool
    async def undo() -> str:
        """Take the newest change of the workspace back."""
        return f"Took back: {(await workspace.undo()).operation.summary}"

    return [read_file, write_file, edit_file, list_files, run_command, show_changes, undo]


def tell(context: Any, error: Exception) -> str:
    """What the model is told of an error: it can do better after."""
    return f"Error: {error}"
