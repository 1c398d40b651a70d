"""What the engine tells by itself, brought to those who listen, in a thread of its own."""

import queue
import threading
import weakref
from typing import Any, Callable, Dict, List, Mapping, Optional, Set, Tuple

from ._log import log
from ._record import camel_case, snake_case, snake_keys
from .reports import Event

Listener = Callable[[Event], Any]

EVENTS = (
    *("workspace_create", "workspace_delete", "snapshot_create", "snapshot_restore", "commit"),
    *("run", "sync", "change", "conflict", "error", "progress"),
)


class Listeners:
    """Those who listen to one engine; called one after the other, in the order of the events."""

    def __init__(self, subscribe: "weakref.WeakMethod[Callable[[], None]]") -> None:
        # Weak, as the thread that reads must not keep alive what ends it.
        self._subscribe = subscribe
        self._listeners: List[Tuple[str, Listener]] = []
        self._events: queue.SimpleQueue[Optional[Event]] = queue.SimpleQueue()
        self._thread: Optional[threading.Thread] = None

    @property
    def wanted(self) -> Set[str]:
        """The events that somebody listens to, as the engine calls them."""
        return {camel_case(name) for name, _ in self._listeners}

    def add(self, name: str, listener: Listener) -> Callable[[], None]:
        """Calls a function at each event of a name; returns the function that ends that."""
        if name not in EVENTS:
            raise ValueError(f"name must be one of {', '.join(EVENTS)}, not {name!r}.")
        entry = (name, listener)
        known = self.wanted
        self._listeners.append(entry)
        subscribe = self._subscribe()
        if self.wanted != known and subscribe is not None:
            subscribe()

        def remove() -> None:
            if entry in self._listeners:
                self._listeners.remove(entry)

        return remove

    def take(self, params: Mapping[str, Any]) -> None:
        """Takes an event from the thread that reads, which must not wait for anybody."""
        data: Dict[str, Any] = snake_keys(params.get("data") or {})
        workspace = data.get("workspace")
        name = workspace.get("name") if isinstance(workspace, dict) else workspace
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="agentfs-events", daemon=True)
            self._thread.start()
        self._events.put(Event(snake_case(params["event"]), name, data))

    def close(self) -> None:
        """Waits until those who listen have heard all that was told."""
        thread, self._thread = self._thread, None
        if thread is not None and thread is not threading.current_thread():
            self._events.put(None)
            thread.join(1.0)

    def restart(self) -> None:
        """Begins anew in a process that was forked."""
        self._events = queue.SimpleQueue()
        self._thread = None

    def _run(self) -> None:
        events = self._events
        while True:
            event = events.get()
            if event is None:
                return
            for name, listener in list(self._listeners):
                if name == event.name:
                    try:
                        listener(event)
                    except Exception:
                        log().exception("A listener of %s failed.", name)
