"""Credit that teams have and have not used: what the installation owes them."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Sum
from django.db.models.functions import Coalesce

from billing.models import Account, Debt, Grant


@dataclass(frozen=True, slots=True)
class Outstanding:
    """Nano-credits of all teams together. ``by_kind`` adds up to ``posted``: rule I10."""

    posted: int
    held: int
    by_kind: Mapping[str, int]
    owed: int  # by teams: spent before its money went back


def outstanding() -> Outstanding:
    """As it stands now. Reads one row a team and the grants that have something left."""
    teams = Account.objects.filter(team__isnull=False)
    sums = teams.aggregate(posted=Coalesce(Sum("posted"), 0), held=Coalesce(Sum("held"), 0))
    live = Grant.objects.filter(remaining__gt=0)
    kinds = dict(live.values_list("kind").annotate(left=Sum("remaining")).order_by())
    debts = Debt.objects.filter(remaining__gt=0).aggregate(owed=Coalesce(Sum("remaining"), 0))
    return Outstanding(
        int(sums["posted"]),
        int(sums["held"]),
        {str(kind): int(kinds.get(kind, 0)) for kind in Grant.Kind.values},
        int(debts["owed"]),
    )
