"""What the benchmark needs of a target, and the shape that all HTTP targets share."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Protocol

from bench.client import RequestBytes, run_load
from bench.cpu import cpu_clock
from bench.launch import LaunchError, Server
from bench.results import RunResult
from bench.texts import make_texts


class Target(Protocol):
    """One row group of the table."""

    name: str
    clients: tuple[int, ...]
    ready_s: float

    def start(self) -> None:
        """Start its processes and wait until they answer; LaunchError with the reason if not."""

    def vector(self, text: str) -> list[float]:
        """The embedding of one text: what it serves is checked before it is timed."""

    def measure(self, clients: int, seconds: float, warm_up_s: float) -> RunResult:
        """Load it and count."""

    def stop(self) -> list[str]:
        """End all its processes. What should be known of it, in words."""


class HttpTarget:
    """A server with an OpenAI-shaped embeddings route."""

    name = ""
    model = ""
    path = "/v1/embeddings"
    clients: tuple[int, ...] = (1, 16, 64)

    def __init__(self) -> None:
        self.ready_s = 0.0
        self.base_url = ""
        self.headers: dict[str, str] = {}
        self.clock: Callable[[], float] = lambda: 0.0
        self._servers: list[Server] = []
        self._requests: RequestBytes | None = None

    def body(self, text: str) -> bytes:
        """The request body for one text: the same for all of them, but for the model's name."""
        return json.dumps({"model": self.model, "input": text}).encode()

    def serve(self, server: Server) -> Server:
        """Remember a server, to be stopped in opposite order; the first is what is timed."""
        self._servers.append(server)
        if len(self._servers) == 1:
            self.clock = cpu_clock(server.pid)
        return server

    def vector(self, text: str) -> list[float]:
        """Ask once, as any client would."""
        headers = {"Content-Type": "application/json", **self.headers}
        request = urllib.request.Request(self.base_url + self.path, self.body(text), headers)
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                answer = json.load(response)
        except urllib.error.HTTPError as error:
            words = error.read(300).decode(errors="replace")
            raise LaunchError(f"{error.code}: {words}") from error
        return [float(number) for number in answer["data"][0]["embedding"]]

    def measure(self, clients: int, seconds: float, warm_up_s: float) -> RunResult:
        """Load it over HTTP; the same requests go on from where the last run stopped."""
        if self._requests is None:
            bodies = [self.body(text) for text in make_texts()]
            self._requests = RequestBytes(self.base_url + self.path, self.headers, bodies)
        return run_load(
            self._requests,
            clients=clients,
            seconds=seconds,
            warm_up_s=warm_up_s,
            cpu_seconds=self.clock,
        )

    def stop(self) -> list[str]:
        """End every server."""
        notes = []
        while self._servers:
            server = self._servers.pop()
            if killed := server.stop():
                notes.append(f"{server.name}: {killed} processes did not end and were killed")
        return notes
