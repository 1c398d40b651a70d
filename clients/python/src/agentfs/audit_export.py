"""Writes audit entries to a file of this machine, whole or not at all."""

import json
import os
from types import TracebackType
from typing import Any, Dict, List, Optional, Type

from ._record import snake_keys

_COLUMNS = (
    *("id", "timestamp", "operation", "path", "workspace_name", "workspace_id", "agent_id"),
    *("session_id", "command_id", "size_before", "size_after", "checksum_before"),
    *("checksum_after", "metadata"),
)
_FORMATS = ("json", "jsonl", "csv")


class AuditFile:
    """A draft beside the file, which takes its place at the end of a block that did well."""

    def __init__(self, path: str, format: str) -> None:
        if format not in _FORMATS:
            raise ValueError(f"format must be one of {', '.join(_FORMATS)}, not {format!r}.")
        import csv
        import tempfile

        self.count = 0
        self._path = os.path.abspath(path)
        self._format = format
        directory, name = os.path.split(self._path)
        # Readable by its owner only.
        descriptor, self._draft = tempfile.mkstemp(".tmp", f".{name[:200]}.", directory)
        self._file = open(descriptor, "w", encoding="utf-8", newline="")  # noqa: SIM115
        self._csv = csv.DictWriter(self._file, _COLUMNS, extrasaction="ignore")

    def add(self, entries: List[Dict[str, Any]]) -> None:
        """Writes entries as the engine tells them."""
        for entry in entries:
            row = snake_keys(entry)
            if self._format == "csv":
                metadata = json.dumps(row["metadata"]) if "metadata" in row else ""
                self._csv.writerow({**row, **row.get("details", {}), "metadata": metadata})
            elif self._format == "jsonl":
                self._file.write(json.dumps(row) + "\n")
            else:
                self._file.write((",\n" if self.count else "") + json.dumps(row))
            self.count += 1

    def __enter__(self) -> "AuditFile":
        if self._format == "csv":
            self._csv.writeheader()
        elif self._format == "json":
            self._file.write("[\n")
        return self

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        try:
            if kind is None:
                if self._format == "json":
                    self._file.write("\n]\n")
                self._file.flush()
                os.fsync(self._file.fileno())
                os.replace(self._draft, self._path)
        finally:
            self._file.close()
            if os.path.exists(self._draft):
                os.unlink(self._draft)
