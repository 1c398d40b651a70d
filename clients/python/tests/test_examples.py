"""The examples, each with the real framework and a model that says what it was told to say."""

import asyncio
import importlib.util
import json
import sys
import unittest
from typing import Any, List

from support import HERE, ProjectTest

sys.path.insert(0, str(HERE.parent / "examples"))

CALLS = [
    ("write_file", {"path": "b.txt", "content": "b\n"}),
    ("run_command", {"command": "cat a.txt b.txt > c.txt; wc -l c.txt"}),
    ("read_file", {"path": "none.txt"}),
]


def is_missing(package: str) -> bool:
    return importlib.util.find_spec(package) is None


class ExamplesTest(ProjectTest):
    @unittest.skipIf(is_missing("langgraph"), "langgraph is not installed")
    def test_langchain_tools(self) -> None:
        from langchain_core.messages import AIMessage, HumanMessage
        from langchain_tools import workspace_tools
        from langgraph.graph import END, START, MessagesState, StateGraph
        from langgraph.prebuilt import ToolNode, tools_condition

        workspace = self.afs.workspace.create("w")
        left = list(enumerate(CALLS))

        def model(state: Any) -> Any:
            if not left:
                return {"messages": [AIMessage("Done.")]}
            number, (name, args) = left.pop(0)
            call = {"name": name, "args": args, "id": str(number), "type": "tool_call"}
            return {"messages": [AIMessage("", tool_calls=[call])]}

        graph = StateGraph(MessagesState)
        graph.add_node("model", model)
        graph.add_node("tools", ToolNode(workspace_tools(workspace)))
        graph.add_edge(START, "model")
        graph.add_conditional_edges("model", tools_condition, {"tools": "tools", END: END})
        graph.add_edge("tools", "model")
        said = graph.compile().invoke({"messages": [HumanMessage("Go")]})["messages"]
        self.check([each.content for each in said if each.type == "tool"], workspace)

    @unittest.skipIf(is_missing("agents"), "openai-agents is not installed")
    def test_openai_agents(self) -> None:
        from agents import Agent, Model, ModelResponse, RunConfig, Runner, Usage
        from openai.types.responses import (
            ResponseFunctionToolCall,
            ResponseOutputMessage,
            ResponseOutputText,
        )
        from openai_agents import workspace_tools

        from agentfs import AsyncAgentFS

        left = list(enumerate(CALLS))

        class Told(Model):
            async def get_response(self, *args: Any, **kwargs: Any) -> Any:
                if left:
                    number, (name, arguments) = left.pop(0)
                    item: Any = ResponseFunctionToolCall(
                        arguments=json.dumps(arguments),
                        call_id=str(number),
                        name=name,
                        type="function_call",
                    )
                else:
                    text = ResponseOutputText(annotations=[], text="Done.", type="output_text")
                    item = ResponseOutputMessage(
                        id="m", content=[text], role="assistant", status="completed", type="message"
                    )
                return ModelResponse(output=[item], usage=Usage(), response_id=None)

            def stream_response(self, *args: Any, **kwargs: Any) -> Any:
                raise NotImplementedError

        async def main() -> List[str]:
            async with AsyncAgentFS(self.base) as afs:
                workspace = await afs.workspace.create("w")
                agent = Agent("Coder", tools=list(workspace_tools(workspace)), model=Told())
                config = RunConfig(tracing_disabled=True)
                run = await Runner.run(agent, "Go", run_config=config)
                self.assertEqual(run.final_output, "Done.")
                return [
                    str(item.output)
                    for item in run.new_items
                    if item.type == "tool_call_output_item"
                ]

        self.check(asyncio.run(main()), self.afs.workspace.get("w"))

    def check(self, outputs: List[str], workspace: Any) -> None:
        self.assertEqual(outputs[0], "Wrote 2 bytes.")
        self.assertEqual(outputs[1], "exit status 0\n3 c.txt\n")
        self.assertIn("none.txt", outputs[2])
        self.assertEqual(workspace.read_file("c.txt"), "one\ntwo\nb\n")
        self.assertEqual((self.base / "a.txt").read_text(), "one\ntwo\n")
        self.assertFalse((self.base / "c.txt").exists())


if __name__ == "__main__":
    unittest.main()
