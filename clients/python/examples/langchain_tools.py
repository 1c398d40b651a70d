"""A workspace as tools for LangChain and LangGraph: an agent works in it, and you take or leave it.

pip install agentfs langgraph

from langgraph.prebuilt import create_react_agent
agent = create_react_agent(model, workspace_tools(workspace))
"""

from typing import Any, List

from langchain_core.tools import BaseTool, tool

from agentfs import AgentFSError, Workspace


def workspace_tools(workspace: Workspace) -> List[BaseTool]:
    """Tools that read, write, list and run in one workspace, and take a step back."""

    @tool
    def read_file(path: str) -> str:
        """Read a text file of the workspace."""
        return answer(lambda: workspace.read_file(path))

    @tool
    def write_file(path: str, content: str) -> str:
        """Write a text file of the workspace as a whole."""
        return answer(lambda: f"Wrote {workspace.write_file(path, content)} bytes.")

    @tool
    def edit_file(path: str, old: str, new: str) -> str:
        """Replace a piece of text that stands in one place of a file."""
        return answer(lambda: workspace.edit_file(path, old, new))

    @tool
    def list_files(path: str = "/") -> str:
        """List a directory of the workspace."""
        return answer(lambda: "\n".join(each.path for each in workspace.list_dir(path)))

    @tool
    def run_command(command: str) -> str:
        """Run a command line in the workspace."""

        def run() -> str:
            result = workspace.run(command, timeout=120)
            return f"exit status {result.returncode}\n{result.stdout}{result.stderr}"

        return answer(run)

    @tool
    def show_changes() -> str:
        """Show what was changed in the workspace so far, as a patch."""
        return answer(lambda: workspace.diff().text or "No changes.")

    @tool
    def undo() -> str:
        """Take the newest change of the workspace back."""
        return answer(lambda: f"Took back: {workspace.undo().operation.summary}")

    return [read_file, write_file, edit_file, list_files, run_command, show_changes, undo]


def answer(action: Any) -> str:
    """What a model is told: also an error is something that it can do better after."""
    try:
        return str(action())
    except AgentFSError as error:
        return f"Error {error.code}: {error}"
