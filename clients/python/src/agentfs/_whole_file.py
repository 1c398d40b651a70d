"""Files of this machine that are written as a whole or not at all."""

import contextlib
import os
from typing import IO, Any, Iterator


@contextlib.contextmanager
def whole_file(path: str, *, binary: bool) -> Iterator[IO[Any]]:
    """A draft beside the file, which takes its place at the end of a block that did well."""
    import tempfile

    target = os.path.abspath(path)
    directory, name = os.path.split(target)
    # Readable by its owner only.
    descriptor, draft = tempfile.mkstemp(".tmp", f".{name[:200]}.", directory)
    text = {} if binary else {"encoding": "utf-8", "newline": ""}
    try:
        with open(descriptor, "wb" if binary else "w", **text) as file:  # type: ignore[call-overload]
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, target)
    finally:
        if os.path.exists(draft):
            os.unlink(draft)
