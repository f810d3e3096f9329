"""A load generator that leaves the cores to the server: one thread, epoll, prepared bytes.

Closed loop: each of C keep-alive connections has exactly one request outstanding, and every request
has an `Idempotency-Key` of its own.
"""

from __future__ import annotations

import contextlib
import gc
import secrets
import select
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from urllib.parse import urlsplit

from bench.cpu import busy_s
from bench.http_response import BadResponseError, Response, ResponseReader
from bench.results import RunResult

READ_BYTES = 262_144
DRAIN_LIMIT_S = 30.0
RECONNECTS_MAX = 1_000
CpuClock = Callable[[], float]
now = time.perf_counter


class RequestBytes:
    """Prepared requests: all that changes is the body (from a list) and the idempotency key."""

    def __init__(self, url: str, headers: dict[str, str], bodies: Sequence[bytes]) -> None:
        parts = urlsplit(url)
        self.address = (parts.hostname or "127.0.0.1", parts.port or 80)
        lines = [f"POST {parts.path} HTTP/1.1", f"Host: {parts.netloc}"]
        lines += ["Content-Type: application/json", *(f"{k}: {v}" for k, v in headers.items())]
        self._head = ("\r\n".join(lines) + f"\r\nIdempotency-Key: {secrets.token_hex(8)}-").encode()
        self._tails = [b"\r\nContent-Length: %d\r\n\r\n%b" % (len(b), b) for b in bodies]
        self._numbers = count()

    def next(self) -> bytes:
        """The bytes of a request that was never sent before."""
        number = next(self._numbers)
        return b"%b%d%b" % (self._head, number, self._tails[number % len(self._tails)])


@dataclass(slots=True)
class Connection:
    """One client: its socket, what of its request is still to be sent, and when that began."""

    sock: socket.socket
    reader: ResponseReader = field(default_factory=ResponseReader)
    unsent: bytes = b""
    blocked: bool = False
    began: float = 0.0


class LoadRun:
    """One run of `clients` connections against one address.

    What is answered between `opens` and `closes` (seconds from the start) is counted, whenever it
    began, so that requests in flight at both ends cancel out. Failures count from the first moment.
    """

    def __init__(
        self, requests: RequestBytes, clients: int, opens: float, closes: float, cpu: CpuClock
    ) -> None:
        self.result = RunResult(clients=clients)
        self._requests = requests
        self._opens, self._closes = now() + opens, now() + closes
        self._cpu = cpu
        self._poll = select.epoll()
        self._connections: dict[int, Connection] = {}
        self._reconnects = 0
        self._counting = False

    def run(self) -> RunResult:
        """Send until the window closes, then wait for what is outstanding."""
        try:
            for _ in range(self.result.clients):
                self._connect()
            self._turn_until(self._opens)
            with self._window():
                self._turn_until(self._closes)
            self._turn_until(self._closes + DRAIN_LIMIT_S)
            self._count_unanswered()
        finally:
            for connection in self._connections.values():
                connection.sock.close()
            self._poll.close()
        return self.result

    @contextlib.contextmanager
    def _window(self) -> Iterator[None]:
        """Count answers, and the CPU time of both sides, inside the block."""
        cpu_before, own_before = self._cpu(), time.process_time()
        busy_before, began = busy_s(), now()
        self._counting = True
        yield
        self._counting = False
        self.result.seconds = now() - began
        self.result.machine_cpu_s = busy_s() - busy_before
        self.result.client_cpu_s = time.process_time() - own_before
        self.result.cpu_s = self._cpu() - cpu_before

    def _turn_until(self, moment: float) -> None:
        while self._connections and (left := moment - now()) > 0:
            for descriptor, mask in self._poll.poll(left):
                self._serve(self._connections[descriptor], mask)

    def _serve(self, connection: Connection, mask: int) -> None:
        try:
            if mask & select.EPOLLOUT:
                self._send(connection)
            if mask & ~select.EPOLLOUT:
                self._receive(connection)
        except (OSError, BadResponseError, ValueError) as error:
            self._lost(connection, f"{type(error).__name__}: {error}")

    def _connect(self) -> None:
        try:
            sock = socket.create_connection(self._requests.address, timeout=10)
        except OSError as error:
            self._fail(f"connect {type(error).__name__}", str(error))
            return
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection = Connection(sock)
        self._connections[sock.fileno()] = connection
        self._poll.register(sock.fileno(), select.EPOLLIN)
        self._send_next(connection)

    def _send_next(self, connection: Connection) -> None:
        connection.unsent = self._requests.next()
        connection.began = now()
        with contextlib.suppress(ConnectionError):  # seen again, and counted, when we read
            self._send(connection)

    def _send(self, connection: Connection) -> None:
        with contextlib.suppress(BlockingIOError):
            connection.unsent = connection.unsent[connection.sock.send(connection.unsent) :]
        blocked = bool(connection.unsent)
        if blocked != connection.blocked:
            connection.blocked = blocked
            events = select.EPOLLIN | select.EPOLLOUT if blocked else select.EPOLLIN
            self._poll.modify(connection.sock.fileno(), events)

    def _receive(self, connection: Connection) -> None:
        try:
            data = connection.sock.recv(READ_BYTES)
        except BlockingIOError:
            return
        response = connection.reader.feed(data) if data else connection.reader.end()
        if response is not None:
            self._answered(connection, response)
        elif not data:
            self._lost(connection, "closed without an answer")

    def _answered(self, connection: Connection, response: Response) -> None:
        ended = now()
        if response.status != 200:
            self._fail(str(response.status), response.body[:300].decode(errors="replace"))
        elif self._counting:
            self.result.latencies_s.append(ended - connection.began)
        if ended >= self._closes:
            self._drop(connection)
        elif response.closes:
            self._drop(connection)
            self._connect()
        else:
            self._send_next(connection)

    def _lost(self, connection: Connection, reason: str) -> None:
        """A connection that broke: counted as a failure, and replaced while the run goes on."""
        self._fail(reason.partition(":")[0], reason)
        self._drop(connection)
        self._reconnects += 1
        if now() < self._closes and self._reconnects < RECONNECTS_MAX:
            self._connect()

    def _drop(self, connection: Connection) -> None:
        del self._connections[connection.sock.fileno()]
        connection.sock.close()

    def _fail(self, kind: str, example: str) -> None:
        self.result.failures[kind] += 1
        self.result.failure_example = self.result.failure_example or example

    def _count_unanswered(self) -> None:
        for _ in self._connections:
            self._fail("no answer", f"nothing came in {DRAIN_LIMIT_S:.0f} s after the run")


def run_load(
    requests: RequestBytes,
    *,
    clients: int,
    seconds: float,
    warm_up_s: float = 1.0,
    cpu_seconds: CpuClock = lambda: 0.0,
) -> RunResult:
    """Load one target, uncounted for `warm_up_s`, then counted, with its CPU clock beside it."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        return LoadRun(requests, clients, warm_up_s, warm_up_s + seconds, cpu_seconds).run()
    finally:
        if collecting:
            gc.enable()
