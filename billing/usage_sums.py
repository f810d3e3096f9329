"""What usage adds up to: sums that can be added and taken from one another, durations included."""

from collections.abc import Callable
from dataclasses import dataclass
from operator import add, sub

from billing.latency import percentiles_ms

Modalities = tuple[int, int, int]  # text, visual, video


@dataclass(frozen=True, slots=True)
class Sums:
    """Requests that ended, tokens and nano-credits by modality, and how long they took.

    ``bins`` counts durations by ``billing.latency``'s bins, so that percentiles of sums are as
    exact as those of their parts.
    """

    requests: int = 0
    tokens: Modalities = (0, 0, 0)
    charged_by: Modalities = (0, 0, 0)
    bins: tuple[int, ...] = ()

    @property
    def charged(self) -> int:
        """Nano-credits in all."""
        return sum(self.charged_by)

    @property
    def percentiles_ms(self) -> tuple[int | None, int | None]:
        """p50 and p95 in milliseconds; None of nothing."""
        p50_ms, p95_ms = percentiles_ms(self.bins, (50, 95))
        return p50_ms, p95_ms

    def __add__(self, more: "Sums") -> "Sums":
        return Sums(
            self.requests + more.requests,
            _each(add, self.tokens, more.tokens),
            _each(add, self.charged_by, more.charged_by),
            _bins(add, self.bins, more.bins),
        )

    def __sub__(self, less: "Sums") -> "Sums":
        return Sums(
            self.requests - less.requests,
            _each(sub, self.tokens, less.tokens),
            _each(sub, self.charged_by, less.charged_by),
            _bins(sub, self.bins, less.bins),
        )


def _each(operation: Callable[[int, int], int], one: Modalities, other: Modalities) -> Modalities:
    text, visual, video = map(operation, one, other)
    return text, visual, video


def _bins(
    operation: Callable[[int, int], int], one: tuple[int, ...], other: tuple[int, ...]
) -> tuple[int, ...]:
    if len(one) < len(other):
        one += (0,) * (len(other) - len(one))
    # What has fewer bins has nothing in the others.
    return (*map(operation, one, other), *one[len(other) :])
