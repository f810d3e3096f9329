"""Plain transformers in a loop: the bare forward pass, with nothing around it."""

from __future__ import annotations

import json
import sys
from typing import Any

from bench.cpu import busy_s, cpu_clock
from bench.launch import LaunchError, Server
from bench.results import RunResult
from bench.targets.model_folder import OFFLINE, model_folder


class PlainLoop:
    """A process of its own that embeds one text after another and never waits for anybody.

    It is asked over its standard input: a JSON line in, a JSON line out.
    """

    clients: tuple[int, ...] = (1,)

    def __init__(self, batch: int = 1) -> None:
        self.name = f"plain transformers, batch {batch}"
        self.ready_s = 0.0
        self._batch = batch
        self._server: Server | None = None

    def start(self) -> None:
        """Load the model and embed once."""
        command = [sys.executable, "-m", "bench.targets.plain_worker", str(model_folder())]
        self._server = Server(f"plain-{self._batch}", command, OFFLINE, pipe=True)
        self._ask({"texts": ["ready"]})
        self.ready_s = self._server.wait_until(lambda: True)

    def vector(self, text: str) -> list[float]:
        """The embedding of one text."""
        vectors: list[list[float]] = self._ask({"texts": [text]})["vectors"]
        return vectors[0]

    def measure(self, clients: int, seconds: float, warm_up_s: float) -> RunResult:
        """Let it loop. With a batch, each text counts, and its latency is the batch's."""
        if self._server is None:
            raise LaunchError(f"{self.name} is not running")
        clock = cpu_clock(self._server.pid)
        self._ask({"batch": self._batch, "seconds": warm_up_s})
        before, busy_before = clock(), busy_s()
        answer = self._ask({"batch": self._batch, "seconds": seconds})
        latencies = [took for took in answer["took_s"] for _ in range(self._batch)]
        result = RunResult(clients, seconds=answer["seconds"], latencies_s=latencies)
        result.machine_cpu_s = busy_s() - busy_before
        result.cpu_s = clock() - before
        return result

    def stop(self) -> list[str]:
        """End the process."""
        if self._server is not None:
            self._server.stop()
        return []

    def _ask(self, question: dict[str, Any]) -> dict[str, Any]:
        if self._server is None or not (pipe := self._server.process).stdin or not pipe.stdout:
            raise LaunchError(f"{self.name} is not running")
        pipe.stdin.write(json.dumps(question) + "\n")
        pipe.stdin.flush()
        if not (line := pipe.stdout.readline()):
            raise LaunchError(f"{self.name} ended: {self._server.tail()}")
        answer: dict[str, Any] = json.loads(line)
        return answer
