"""Every target by the short name that `--only` takes."""

from __future__ import annotations

from collections.abc import Callable

from bench.targets.aurous import Aurous
from bench.targets.aurous_stack import AurousStack
from bench.targets.base import Target
from bench.targets.infinity import Infinity
from bench.targets.litellm import LiteLLM
from bench.targets.plain import PlainLoop

STUB_MODEL = "aurous-stub"
TEXT_MODEL = "aurous-embed-text"
# Those that run the same weights in float32: their vectors must agree, or a ratio means nothing.
SAME_MODEL = frozenset({"aurous-text", "infinity", "plain", "plain-batch"})
BATCH = 32  # what infinity gathers at most, unless it is told otherwise


def makers(stack: AurousStack) -> dict[str, Callable[[], Target]]:
    """Short name → how to make the target. The order is that of the table."""
    return {
        "aurous-stub": lambda: Aurous(stack, STUB_MODEL),
        "litellm": LiteLLM,
        "aurous-text": lambda: Aurous(stack, TEXT_MODEL),
        "infinity": Infinity,
        "plain": PlainLoop,
        "plain-batch": lambda: PlainLoop(BATCH),
    }
