"""The only door to a team's rows of the ledger."""

from django.db.models import QuerySet

from billing.models import Transfer


def transfers_of(team_id: str) -> QuerySet[Transfer]:
    """The statement of a team."""
    return Transfer.objects.filter(account_id=team_id)
