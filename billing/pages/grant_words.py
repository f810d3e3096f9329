"""Grants as pages show them: where each came from, what is left of it, when it ends."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from billing.access import grants_of, topups_of, transfers_of
from billing.balance import Balance
from billing.models import Grant, Transfer

SOON = timedelta(days=7)  # a grant that expires within this needs attention
KINDS = {
    Grant.Kind.PURCHASED: "Bought",
    Grant.Kind.PROMOTIONAL: "Given",
    Grant.Kind.ADJUSTMENT: "Adjustment",
}


@dataclass(frozen=True, slots=True)
class GrantLine:
    """A grant on a page. ``lapsed`` is what expired unspent; ``topup_id`` what bought it, or ""."""

    grant: Grant
    kind: str
    note: str
    now: datetime
    lapsed: int = 0
    topup_id: str = ""

    @property
    def is_over(self) -> bool:
        """Whether its time has passed."""
        expires_at = self.grant.expires_at
        return expires_at is not None and expires_at <= self.now

    @property
    def soon(self) -> bool:
        """Whether what is left of it expires within a week."""
        expires_at = self.grant.expires_at
        if expires_at is None or not self.grant.remaining:
            return False
        return timedelta(0) < expires_at - self.now < SOON

    @property
    def state(self) -> tuple[str, str]:
        """Tone and word."""
        if self.is_over:
            return "", "Expired"
        if not self.grant.remaining:
            return "", "Spent"
        return ("warn", "Expires soon") if self.soon else ("good", "In use")


def lines_of(team_id: str, grants: Iterable[Grant], now: datetime) -> list[GrantLine]:
    """Grants with what lapsed of them and what bought them, in two queries at most."""
    rows = list(grants)
    lapsed = _lapsed(team_id, [row for row in rows if row.expires_at and row.expires_at <= now])
    bought = [row.id for row in rows if row.kind == Grant.Kind.PURCHASED]
    topups = dict(topups_of(team_id).filter(grant_id__in=bought).values_list("grant_id", "id"))
    return [
        GrantLine(
            row,
            KINDS[Grant.Kind(row.kind)],
            row.transfer.note,
            now,
            lapsed.get(row.id, 0),
            topups.get(row.id, ""),
        )
        for row in rows
    ]


def spendable(team_id: str, balance: Balance, rows_max: int) -> list[Grant]:
    """What is left, in the order in which it is spent."""
    ids = [one.id for one in balance.grants[:rows_max]]
    rows = grants_of(team_id).in_bulk(ids)
    return [rows[id_] for id_ in ids]


def _lapsed(team_id: str, over: list[Grant]) -> dict[str, int]:
    """Nano-credits that expired, by grant."""
    sums: dict[str, int] = {}
    if over:
        mine = Q(*(("reference__startswith", f"expiry:{row.id}:") for row in over), _connector="OR")
        lines = transfers_of(team_id).filter(mine, kind=Transfer.Kind.EXPIRY)
        for reference, amount in lines.values_list("reference", "amount"):
            grant_id = reference.split(":")[1]
            sums[grant_id] = sums.get(grant_id, 0) + amount
    return sums
