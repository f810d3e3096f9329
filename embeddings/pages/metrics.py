"""The numbers that usage is told in: each as a height in a chart and as a person reads it."""

from collections.abc import Callable
from dataclasses import dataclass

from aurous.kernel.money import NANO_PER_CREDIT
from billing.amounts import dollars, grouped
from billing.usage_sums import Sums


@dataclass(frozen=True, slots=True)
class Metric:
    """``weight`` is what groups are ordered by; ``adds_up`` whether columns can be stacked."""

    label: str
    unit: str
    weight: str
    value: Callable[[Sums], float]
    told: Callable[[Sums], str]
    adds_up: bool = True


def _milliseconds(place: int) -> tuple[Callable[[Sums], float], Callable[[Sums], str]]:
    def value(sums: Sums) -> float:
        return float(sums.percentiles_ms[place] or 0)

    def told(sums: Sums) -> str:
        took_ms = sums.percentiles_ms[place]
        return "–" if took_ms is None else f"{took_ms:,} ms"

    return value, told


def credits_and_dollars(nano: int) -> str:
    """12.5 credits ($0.12)."""
    unit = "credit" if nano == NANO_PER_CREDIT else "credits"
    return f"{grouped(nano)} {unit} ({dollars(nano)})"


METRICS = {
    "credits": Metric(
        "Credits",
        "credits",
        "credits",
        lambda sums: sums.charged / NANO_PER_CREDIT,
        lambda sums: credits_and_dollars(sums.charged),
    ),
    "requests": Metric(
        "Requests",
        "requests",
        "requests",
        lambda sums: sums.requests,
        lambda sums: f"{sums.requests:,}",
    ),
    "tokens": Metric(
        "Tokens",
        "tokens",
        "tokens",
        lambda sums: sum(sums.tokens),
        lambda sums: f"{sum(sums.tokens):,}",
    ),
    "p50": Metric("p50", "ms", "requests", *_milliseconds(0), adds_up=False),
    "p95": Metric("p95", "ms", "requests", *_milliseconds(1), adds_up=False),
}
