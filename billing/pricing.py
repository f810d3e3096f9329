"""Tokens and a price in, exact nano-credits out. Pure: nothing here reads or writes."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from aurous.kernel.errors import AurousError


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a model reads of a customer's content, by modality."""

    text: int = 0
    visual: int = 0
    video: int = 0

    @property
    def total(self) -> int:
        """All modalities."""
        return self.text + self.visual + self.video


@dataclass(frozen=True, slots=True)
class TokenPrice:
    """Nano-credits a token, by modality; None where the model does not take it."""

    text: int
    visual: int | None = None
    video: int | None = None


@dataclass(frozen=True, slots=True)
class Cost:
    """Nano-credits by modality; the three sum to the charge."""

    text: int = 0
    visual: int = 0
    video: int = 0

    @property
    def total(self) -> int:
        """What is held or charged."""
        return self.text + self.visual + self.video


def cost(tokens: Tokens, price: TokenPrice) -> Cost:
    """Tokens times price, modality by modality. Raises ``ValueError`` for an unpriced modality."""
    return Cost(
        text=tokens.text * price.text,
        visual=_times(tokens.visual, price.visual, "visual"),
        video=_times(tokens.video, price.video, "video"),
    )


def _times(tokens: int, price: int | None, modality: str) -> int:
    if not tokens:
        return 0
    if price is None:  # counting it as nothing would give it away
        raise ValueError(f"{modality} tokens without a {modality} price")
    return tokens * price


@dataclass(frozen=True, slots=True)
class PriceSchedule:
    """The prices of one model for one team over time: (effective from, price), oldest first.

    Among the team's own, None says that from then on it pays everybody's again.
    """

    model: str
    general: Sequence[tuple[datetime, TokenPrice]]
    of_team: Sequence[tuple[datetime, TokenPrice | None]] = ()

    def at(self, moment: datetime) -> TokenPrice:
        """The price in force: the team's own where it has one, else everybody's."""
        for rows in (self.of_team, self.general):
            index = bisect_right(rows, moment, key=lambda row: row[0])
            price = rows[index - 1][1] if index else None
            if price is not None:
                return price
        raise AurousError(
            "provider_unavailable", f"The model {self.model} has no price yet. Nothing was charged."
        )
