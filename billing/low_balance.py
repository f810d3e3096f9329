"""When a team is told that its balance is low, and changing it."""

from django.conf import settings
from django.db import transaction

from accounts import audit
from accounts.actors import Actor
from accounts.models import Team
from aurous.kernel.money import credits_text
from billing import ledger
from billing.alerts import default_threshold
from billing.models import Account


def threshold_for(team_id: str) -> int:
    """Nano-credits under which a team's balance is low; 0: never."""
    own = Account.objects.filter(pk=team_id).values_list("low_balance", flat=True).first()
    return default_threshold(str(settings.LOW_BALANCE_CREDITS)) if own is None else own


def set_low_balance(team: Team, threshold: int | None, *, actor: Actor) -> None:
    """Set the threshold in nano-credits; None is the installation's, 0 is never."""
    ledger.open_account(team.id)
    with transaction.atomic(durable=True):
        ledger.set_low_balance(team.id, threshold)
        audit.record(
            "team.low_balance_set",
            team=team,
            actor=actor,
            target=team.id,
            data={"credits": None if threshold is None else credits_text(threshold)},
        )
