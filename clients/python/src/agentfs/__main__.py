"""``python -m agentfs``: the command line of the engine, such as ``python -m agentfs status w``."""

import os
import sys

from ._program import engine_command
from .errors import EngineNotFoundError


def main() -> None:
    """Becomes the engine."""
    try:
        command = engine_command(os.environ)
    except EngineNotFoundError as error:
        sys.exit(f"error: {error}")
    os.execv(command[0], [*command, *sys.argv[1:]])


if __name__ == "__main__":
    main()
