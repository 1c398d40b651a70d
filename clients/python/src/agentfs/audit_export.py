"""Writes audit entries to a file of this machine, whole or not at all."""

import json
from types import TracebackType
from typing import IO, Any, Dict, List, Optional, Type

from ._record import snake_keys
from ._whole_file import whole_file

_COLUMNS = (
    *("id", "timestamp", "operation", "path", "workspace_name", "workspace_id", "agent_id"),
    *("session_id", "command_id", "size_before", "size_after", "checksum_before"),
    *("checksum_after", "metadata"),
)
_FORMATS = ("json", "jsonl", "csv")


class AuditFile:
    """The entries, in a file that is there at the end of a block that did well."""

    def __init__(self, path: str, format: str) -> None:
        if format not in _FORMATS:
            raise ValueError(f"format must be one of {', '.join(_FORMATS)}, not {format!r}.")
        self.count = 0
        self._format = format
        self._whole = whole_file(path, binary=False)
        self._file: IO[Any]
        self._csv: Any

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
        import csv

        self._file = self._whole.__enter__()
        self._csv = csv.DictWriter(self._file, _COLUMNS, extrasaction="ignore")
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
        if kind is None and self._format == "json":
            self._file.write("\n]\n")
        self._whole.__exit__(kind, error, trace)
