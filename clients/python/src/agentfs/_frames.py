"""Frames as language servers have them: a header with Content-Length, an empty line, the body."""

import json
from typing import Any, Dict, Iterator, Mapping

_END_OF_HEADER = b"\r\n\r\n"
_dumps = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode


def frame(message: Mapping[str, Any]) -> bytes:
    """Writes a message as a frame."""
    body = _dumps(message).encode("ascii")
    return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)


class FrameReader:
    """Finds the messages in bytes that come in pieces of any size."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._wanted = 0

    def feed(self, piece: bytes) -> Iterator[Dict[str, Any]]:
        """Takes a piece, and yields the messages that are whole by now.

        Raises:
            ValueError: for a header without a length, and a body that is not JSON.
        """
        self._bytes += piece
        while len(self._bytes) >= self._wanted:
            end = self._bytes.find(_END_OF_HEADER)
            if end < 0:
                return
            start = end + len(_END_OF_HEADER)
            self._wanted = start + _length_in(bytes(self._bytes[:end]))
            if len(self._bytes) < self._wanted:
                return
            body = bytes(self._bytes[start : self._wanted])
            del self._bytes[: self._wanted]
            self._wanted = 0
            yield json.loads(body)


def _length_in(header: bytes) -> int:
    for line in header.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            return int(value)
    raise ValueError("A frame has no Content-Length.")
