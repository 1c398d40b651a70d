"""Where what goes wrong beside a call is said."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from logging import Logger


def log() -> "Logger":
    """The logger ``agentfs``; most programs never need it, so it is not imported with the rest."""
    import logging

    return logging.getLogger("agentfs")
