"""A program that is started for one project, and ends with us."""

import contextlib
import json
import os
from typing import Any, Iterator, Mapping, NamedTuple, Optional

from ._channel import Channel, ProcessChannel


class OwnEngine(NamedTuple):
    """A program that is started for one project.

    Attributes:
        identity: Who acts, as variables of the environment.
    """

    base_path: str
    settings: Mapping[str, Any]
    config_path: Optional[str]
    profile: Optional[str]
    read_only: bool
    identity: Mapping[str, Optional[str]]

    @contextlib.contextmanager
    def opened(self) -> Iterator[Channel]:
        """Starts it; its settings are there until the block ends.

        Raises:
            EngineNotFoundError: ENGINE_NOT_FOUND.
        """
        from ._program import engine_command

        environment = dict(os.environ)
        environment.update({name: each for name, each in self.identity.items() if each})
        command = [*engine_command(environment), "rpc", "--json", "--base", self.base_path]
        if self.config_path is not None:
            command += ["--config", self.config_path]
        if self.profile is not None:
            command += ["--profile", self.profile]
        if self.read_only:
            command.append("--read-only")
        with _settings_file(self.settings) as path:
            if path is not None:
                command += ["--settings", path]
            yield ProcessChannel(command, environment)


@contextlib.contextmanager
def _settings_file(settings: Mapping[str, Any]) -> Any:
    """A file with the settings that only we can read: arguments can be read by all."""
    if not settings:
        yield None
        return
    import tempfile

    descriptor, path = tempfile.mkstemp(prefix="agentfs-", suffix=".json")
    try:
        with open(descriptor, "w", encoding="utf-8") as file:
            json.dump(settings, file)
        yield path
    finally:
        os.unlink(path)
