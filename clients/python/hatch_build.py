"""Marks a wheel that has the engine in it as one for this kind of machine only."""

import os
import sysconfig

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class EngineBuildHook(BuildHookInterface):
    """Sets the tag; a wheel without the engine fits everywhere."""

    def initialize(self, version, build_data):
        if not os.path.isdir(os.path.join(self.root, "src", "agentfs", "_engine")):
            return
        platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-{platform}"
