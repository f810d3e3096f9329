"""What one run of the load generator found."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class RunResult:
    """One target, one number of clients, a few seconds.

    `latencies_s` has one entry for each 200 that came inside the window; `failures` counts
    everything else, from the first moment of the warm-up, by status or by what went wrong.
    """

    clients: int
    seconds: float = 0.0
    latencies_s: list[float] = field(default_factory=list)
    failures: Counter[str] = field(default_factory=Counter)
    failure_example: str = ""
    cpu_s: float = 0.0
    client_cpu_s: float = 0.0
    machine_cpu_s: float = 0.0

    @property
    def requests(self) -> int:
        """Requests that were answered with 200 inside the window."""
        return len(self.latencies_s)

    @property
    def per_second(self) -> float:
        """Successful requests a second."""
        return self.requests / self.seconds if self.seconds else 0.0

    def percentile_ms(self, percent: float) -> float:
        """The latency that `percent` of the successful requests did not exceed; nan without any."""
        return percentile(self.latencies_s, percent) * 1000

    @property
    def cpu_s_per_thousand(self) -> float:
        """CPU seconds of the target for 1,000 requests; nan when it served none."""
        return self.cpu_s / self.requests * 1000 if self.requests else math.nan

    @property
    def foreign_cores(self) -> float:
        """Cores that neither the target nor the load generator kept busy: somebody else's work."""
        used = self.machine_cpu_s - self.cpu_s - self.client_cpu_s
        return max(0.0, used / self.seconds) if self.seconds else 0.0

    def failure_text(self) -> str:
        """Every kind of failure with its count, or an empty string when all were 200."""
        return ", ".join(f"{count} × {kind}" for kind, count in sorted(self.failures.items()))


def percentile(values: list[float], percent: float) -> float:
    """Nearest rank: an observed value, never one in between."""
    if not values:
        return math.nan
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]
