"""Aurous itself: the platform alone with the stub engine, and MiniLM in float32."""

from __future__ import annotations

from bench.cpu import cpu_clock
from bench.launch import LaunchError
from bench.targets.aurous_services import PROGRAMS
from bench.targets.aurous_stack import AurousStack
from bench.targets.base import HttpTarget


class Aurous(HttpTarget):
    """One model of a running stack. PostgreSQL and Redis are counted in its CPU time."""

    def __init__(self, stack: AurousStack, model: str) -> None:
        super().__init__()
        self.name = f"Aurous, {model}"
        self.model = model
        self.stack = stack

    def start(self) -> None:
        """Start the stack, unless another target has."""
        self.stack.start()
        if self.stack.server is None:
            raise LaunchError("the stack has ended")
        self.base_url = self.stack.url
        self.headers = {"Authorization": f"Bearer {self.stack.api_key}"}
        self.ready_s = self.stack.ready_s
        self.clock = cpu_clock(self.stack.server.pid, PROGRAMS)

    def stop(self) -> list[str]:
        """End the stack, unless another target has."""
        return self.stack.stop()
