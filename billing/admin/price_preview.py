"""What a page shows about a price before it is set: rates, a typical request, who is hit."""

from dataclasses import dataclass
from datetime import datetime

from aurous.kernel.money import credits_per_million
from billing import price_effect
from billing.amounts import dollars, grouped, signed
from billing.pricing import TokenPrice, Tokens, cost

TEAMS_SHOWN_MAX = 20
MODALITIES = ("text", "visual", "video")


@dataclass(frozen=True, slots=True)
class Line:
    """One modality, in credits per million tokens; None: not taken."""

    modality: str
    now: str | None
    then: str | None


@dataclass(frozen=True, slots=True)
class Row:
    """Whoever is hit: credits of the last 30 days, as charged and at the other price."""

    name: str
    team_id: str
    requests: str
    charged: str
    would: str
    difference: str
    worth: str


@dataclass(frozen=True, slots=True)
class Typical:
    """An average request of these days, in words and in credits."""

    tokens: str
    now: str
    then: str


@dataclass(frozen=True, slots=True)
class Shown:
    """All of it. ``total`` is None where nobody used the model."""

    lines: list[Line]
    teams: list[Row]
    more: int
    keeping: int
    total: Row | None
    typical: Typical | None
    days: int = price_effect.DAYS


def shown(
    model: str,
    team_id: str | None,
    effective_at: datetime,
    *,
    now: TokenPrice | None,
    then: TokenPrice,
) -> Shown:
    """What a price comes to for whom it is for."""
    effect = price_effect.of_price(model, team_id, effective_at, then)
    rows = [_row(team) for team in effect.teams[:TEAMS_SHOWN_MAX]]
    everybody = price_effect.TeamEffect(
        "", "Together", sum(t.requests for t in effect.teams), effect.charged, effect.would
    )
    return Shown(
        lines(now, then),
        rows,
        len(effect.teams) - len(rows),
        effect.keeping,
        _row(everybody) if effect.teams else None,
        _typical(effect.typical, now, then),
    )


def lines(now: TokenPrice | None, then: TokenPrice) -> list[Line]:
    """What a million tokens cost before and after."""
    return [Line(name.capitalize(), _rate(now, name), _rate(then, name)) for name in MODALITIES]


def _rate(price: TokenPrice | None, name: str) -> str | None:
    nano = getattr(price, name, None)
    return None if nano is None else credits_per_million(nano)


def _row(team: price_effect.TeamEffect) -> Row:
    return Row(
        team.name,
        team.team_id,
        f"{team.requests:,}",
        grouped(team.charged),
        grouped(team.would),
        signed(team.difference),
        dollars(team.difference),
    )


def _typical(tokens: Tokens | None, now: TokenPrice | None, then: TokenPrice) -> Typical | None:
    if tokens is None:
        return None
    parts = [(name, getattr(tokens, name)) for name in MODALITIES]
    words = ", ".join(f"{count:,} {name}" for name, count in parts if count) or "no"
    before = grouped(cost(tokens, now).total) if now else "nothing yet"
    return Typical(f"{words} tokens", before, grouped(cost(tokens, then).total))
