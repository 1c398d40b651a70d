"""A daemon that somebody else has started, and how it is connected to."""

import contextlib
import json
import re
from typing import TYPE_CHECKING, Any, Iterator, Optional, Tuple

from ._channel import Channel, SocketChannel
from ._error_classes import error_of
from .errors import AgentFSError, DaemonUnreachableError, InvalidArgumentError

if TYPE_CHECKING:
    import socket

_SECONDS_TO_CONNECT = 10.0
_MAX_ANSWER = 65536
_PORTS = {"http": 80, "https": 443}


class Daemon:
    """A daemon, by the address that ``agentfs serve`` prints.

    Args:
        address: A path of a Unix socket, with or without ``unix:``, or a URL.
        token: For a URL.
        project: Which of its projects, by name, for a URL.

    Raises:
        InvalidArgumentError: INVALID_ARGUMENT.
    """

    def __init__(
        self, address: str, token: Optional[str] = None, project: Optional[str] = None
    ) -> None:
        for name, value in (("token", token), ("project", project)):
            if value is not None and not re.fullmatch(r"[\x21-\x7e]+", value):
                raise _wrong(f"The {name} has to consist of visible ASCII characters.")
        self.address = address
        self._token = token
        self._project = project
        self._url = _parsed(address)

    @contextlib.contextmanager
    def opened(self) -> Iterator[Channel]:
        """Connects to it.

        Raises:
            DaemonUnreachableError: DAEMON_UNREACHABLE.
            AgentFSError: UNAUTHENTICATED, PERMISSION_DENIED, PROJECT_NOT_FOUND as it says.
        """
        try:
            channel = self._connected()
        except OSError as error:
            raise DaemonUnreachableError(
                f"No daemon answers at {self.address}: {error.strerror or error}.",
                code="DAEMON_UNREACHABLE",
                hint="Start it with agentfs serve, and use an address that it prints.",
            ) from error
        yield channel

    def __reduce__(self) -> Tuple[Any, ...]:
        return (Daemon, (self.address, self._token, self._project))

    def _connected(self) -> Channel:
        import socket

        if self._url is None:
            unix = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            path = self.address[len("unix:") :] if self._is_unix else self.address
            with _closed_on_error(unix):
                unix.settimeout(_SECONDS_TO_CONNECT)
                unix.connect(path)
                unix.settimeout(None)
            return SocketChannel(unix, self.address)
        scheme, host, port, path = self._url
        plain = socket.create_connection((host, port), timeout=_SECONDS_TO_CONNECT)
        with _closed_on_error(plain):
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connected = _secured(plain, host) if scheme == "https" else plain
        with _closed_on_error(connected):
            begin = self._upgraded(connected, f"{host}:{port}", path)
            connected.settimeout(None)
        return SocketChannel(connected, self.address, begin)

    @property
    def _is_unix(self) -> bool:
        return self.address.startswith("unix:")

    def _upgraded(self, connected: "socket.socket", host: str, path: str) -> bytes:
        """Asks for frames instead of HTTP; returns what came behind the answer already."""
        lines = [
            f"GET {path}/api/v1/rpc HTTP/1.1",
            f"Host: {host}",
            "Connection: Upgrade",
            "Upgrade: agentfs-rpc",
        ]
        if self._token is not None:
            lines.append(f"Authorization: Bearer {self._token}")
        if self._project is not None:
            lines.append(f"X-AgentFS-Project: {self._project}")
        connected.sendall("\r\n".join([*lines, "", ""]).encode("ascii"))
        head, rest = _received(connected)
        if re.match(rb"HTTP/1\.1 101 ", head):
            return rest
        raise _refusal(head, rest, self.address)


def _parsed(address: str) -> Optional[Tuple[str, str, int, str]]:
    """Scheme, host, port and path of a URL, or None for a path of a socket."""
    if "://" not in address:
        return None
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError as error:
        raise _wrong(f"{address!r} is no URL: {error}.") from error
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username is not None:
        raise _wrong(f"{address!r} is no address of a daemon.")
    return parts.scheme, parts.hostname, port or _PORTS[parts.scheme], parts.path.rstrip("/")


def _secured(plain: "socket.socket", host: str) -> "socket.socket":
    import ssl

    return ssl.create_default_context().wrap_socket(plain, server_hostname=host)


def _received(connected: "socket.socket") -> Tuple[bytes, bytes]:
    """The head of an answer, and what came behind it; of a refusal, all of it."""
    data = b""
    while len(data) < _MAX_ANSWER:
        piece = connected.recv(4096)
        data += piece
        head, separator, rest = data.partition(b"\r\n\r\n")
        if not piece or (separator and head.startswith(b"HTTP/1.1 101 ")):
            return head, rest
        length = re.search(rb"\r\ncontent-length: *(\d+)", head, re.IGNORECASE)
        if separator and length and len(rest) >= int(length.group(1)):
            return head, rest
    return data, b""


def _refusal(head: bytes, body: bytes, address: str) -> AgentFSError:
    """What a daemon has answered instead."""
    with contextlib.suppress(ValueError, KeyError, TypeError):
        told = json.loads(body)
        return error_of(str(told["message"]), told)
    status = head.split(b"\r\n", 1)[0].decode("latin-1")[:100]
    return DaemonUnreachableError(
        f"What answers at {address} is no daemon of agentfs: {status or 'nothing'}.",
        code="DAEMON_UNREACHABLE",
        hint="Use an address that agentfs serve prints.",
    )


@contextlib.contextmanager
def _closed_on_error(opened: "socket.socket") -> Iterator[None]:
    try:
        yield
    except BaseException:
        opened.close()
        raise


def _wrong(message: str) -> InvalidArgumentError:
    return InvalidArgumentError(message, code="INVALID_ARGUMENT")
