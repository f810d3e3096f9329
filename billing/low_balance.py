"""Changing when a team is told that its balance is low."""

from django.db import transaction

from accounts import audit
from accounts.actors import Actor
from accounts.models import Team
from aurous.kernel.money import credits_text
from billing import ledger


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
