"""Settings: of a file, of a program, or both."""

import json
import os
from typing import Any, Dict, Iterator, List, Mapping, Optional, Union

from ._error_classes import error_of
from .errors import ConfigError
from .files import PathLike


class Config:
    """Settings, nested or dotted, in the names of docs/CONFIGURATION.md or their short ones.

    Those of a program win over those of its file, and both over what else there is. The engine
    checks them: at ``load`` and ``validate``, and when it starts with them.

    Args:
        settings: Such as ``{"cache_size": 512, "sync": {"interval": 300}}``.
    """

    def __init__(self, settings: Optional[Mapping[str, Any]] = None) -> None:
        if settings is not None and not isinstance(settings, Mapping):
            raise TypeError(f"settings must be a mapping, not {type(settings).__name__}.")
        self.settings: Dict[str, Any] = dict(settings or {})
        self.path: Optional[str] = None
        self._shown: Optional[Dict[str, Any]] = None

    @classmethod
    def load(cls, path: Optional[PathLike] = None) -> "Config":
        """Reads a TOML file in place of the usual ones; without a path, the usual ones.

        Raises:
            ConfigError: CONFIG_INVALID when there is no such file, or something in it is wrong.
        """
        config = cls()
        config.path = None if path is None else os.path.abspath(os.fspath(path))
        config.to_dict()
        return config

    def get(self, key: str, default: Any = None) -> Any:
        """The value of a key in force, such as ``"storage.cache_size_mb"`` or ``"cache_size"``.

        Args:
            default: What to give when it is not set and has no default.

        Raises:
            ConfigError: CONFIG_INVALID when there is no such key.
        """
        own = _find(self.settings, key)
        if own is not None:
            return own
        value = self._ask("get", key)["value"]
        return default if value is None else value

    def set(self, key: str, value: Any) -> None:
        """Sets a key, for what is opened from now on."""
        self.settings[key] = value

    def __getitem__(self, key: str) -> Any:
        return self.get(key)

    def __setitem__(self, key: str, value: Any) -> None:
        self.set(key, value)

    def __iter__(self) -> Iterator[str]:
        return iter(self.settings)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Config):
            return NotImplemented
        return (self.settings, self.path) == (other.settings, other.path)

    def __repr__(self) -> str:
        return f"Config({self.settings!r}, path={self.path!r})"

    def to_dict(self) -> Dict[str, Any]:
        """The settings of the file with all defaults, and those of the program over them.

        Secrets are not shown.

        Raises:
            ConfigError: CONFIG_INVALID.
        """
        if self._shown is None:
            self._shown = self._ask("show")
        return {**self._shown, **self.settings}

    def _ask(self, *words: str) -> Any:
        import subprocess

        from ._program import engine_command

        command: List[str] = [*engine_command(os.environ), "config", *words, "--json"]
        if self.path is not None:
            command += ["--config", self.path]
        done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
        if done.returncode == 0:
            return json.loads(done.stdout)
        try:
            told = json.loads(done.stderr.strip().rsplit("\n", 1)[-1])["error"]
        except (ValueError, KeyError):
            raise ConfigError(done.stderr.strip(), code="CONFIG_INVALID") from None
        raise error_of(told["message"], told)


ConfigInput = Union[Config, Mapping[str, Any], None]


def config_of(given: ConfigInput) -> Config:
    """A configuration of what a caller gave."""
    return given if isinstance(given, Config) else Config(given)


def _find(settings: Mapping[str, Any], key: str) -> Any:
    if key in settings:
        return settings[key]
    head, _, rest = key.partition(".")
    inner = settings.get(head)
    return _find(inner, rest) if rest and isinstance(inner, Mapping) else None
