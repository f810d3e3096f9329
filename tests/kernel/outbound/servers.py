"""Servers that do as a script says, and a canary that nobody may touch."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable

PATIENCE_S = 20  # nothing waits this long but a test that fails
LISTENERS = {4: (socket.AF_INET, "127.0.0.1"), 6: (socket.AF_INET6, "::1")}


class Visit:
    """One connection, as the script of a server sees it."""

    def __init__(self, connection: socket.socket, server: "Server") -> None:
        self.connection = connection
        self._server = server
        self.going = server.going

    def head(self) -> bytes:
        """Read a request up to its body, and remember it."""
        read = b""
        while b"\r\n\r\n" not in read:
            data = self.connection.recv(65_536)
            if not data:
                raise ConnectionError
            read += data
        self._server.requests.append(read)
        return read

    def read(self, count: int) -> bytes:
        return self.connection.recv(count)

    def say(self, data: bytes) -> None:
        self.connection.sendall(data)
        self._server.sent_bytes += len(data)

    def drip(self, data: bytes, *, every_s: float = 0.01) -> None:
        """One byte at a time, and with pauses, until the data or the server's life ends."""
        for at in range(len(data)):
            if self.going.wait(every_s):
                return
            self.say(data[at : at + 1])

    def be_silent(self) -> None:
        """Hold the connection until the test ends."""
        self.going.wait(PATIENCE_S)

    def say_goodbye(self) -> None:
        """End TLS as one should before the connection ends."""
        assert isinstance(self.connection, ssl.SSLSocket)
        self.connection.unwrap()

    def reset(self) -> None:
        """End the connection as a crash does: with a reset."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.connection.close()


Script = Callable[[Visit], None]


class Server:
    """Serves one connection after the other in a thread. ``requests`` are the heads it read."""

    def __init__(self, script: Script, *, tls: ssl.SSLContext | None = None) -> None:
        self._script = script
        self._tls = tls
        self.requests: list[bytes] = []
        self.names: list[str | None] = []  # that clients asked for in TLS
        self.connections = 0
        self.sent_bytes = 0
        self.going = threading.Event()
        if tls is not None:
            tls.sni_callback = lambda _socket, name, _context: self.names.append(name)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._live, daemon=True)
        self._thread.start()

    def _live(self) -> None:
        while not self.going.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            connection.settimeout(PATIENCE_S)
            # A client that has had enough closes the connection, or never lets TLS begin.
            with contextlib.suppress(OSError), connection:
                if self._tls is None:
                    self._script(Visit(connection, self))
                else:
                    with self._tls.wrap_socket(connection, server_side=True) as secured:
                        self._script(Visit(secured, self))

    def stop(self) -> None:
        self.going.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(PATIENCE_S)
        assert not self._thread.is_alive()


class Canary:
    """Listens on both loopbacks and counts who comes, without a thread that could be late."""

    def __init__(self) -> None:
        self._listeners: dict[int, socket.socket] = {}
        for version, (family, host) in LISTENERS.items():
            with contextlib.suppress(OSError):  # a machine without IPv6 counts all on IPv4
                self._listeners[version] = socket.create_server((host, 0), family=family)
        for listener in self._listeners.values():
            listener.setblocking(False)

    def place(self, version: int) -> tuple[str, int]:
        """Where it listens, for an address of this IP version."""
        listener = self._listeners.get(version, self._listeners[4])
        host, port, *_ = listener.getsockname()
        return host, port

    def connections(self) -> int:
        """How many came since the last call. They wait in the backlog, so none is missed."""
        count = 0
        for listener in self._listeners.values():
            with contextlib.suppress(BlockingIOError):
                while True:
                    listener.accept()[0].close()
                    count += 1
        return count

    def close(self) -> None:
        for listener in self._listeners.values():
            listener.close()


def answers(raw: bytes) -> Script:
    """Read a request, say this, and end."""

    def script(visit: Visit) -> None:
        visit.head()
        visit.say(raw)

    return script


def ok(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    """An answer with a body of known length."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def redirect(location: str, status: int = 302) -> bytes:
    return ok(b"moved", f"Location: {location}", status=f"{status} Moved")
