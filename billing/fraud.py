"""A card's bank warns of fraud: the team is frozen until a person has looked."""

from datetime import datetime

from accounts import caller_cache, teams
from accounts.actors import system_actor
from billing import payment_exceptions
from billing.models import PaymentException, TopUp
from billing.recharge_settings import switch_off

REASON = "fraud_warning"
# What the team's people read: nothing that would help a thief.
TOLD = "A payment is being looked at. Ask the operator of this installation."


def freeze(topup: TopUp, warning_id: str, now: datetime) -> None:
    """Suspend the team and its auto-recharge, inside the caller's transaction.

    A warning that was filed before freezes nobody again: an operator may have resumed the team.
    """
    mark = f"{PaymentException.Kind.FRAUD_WARNING}:{warning_id}"
    if PaymentException.objects.filter(mark=mark).exists():
        return
    detail = f"Early fraud warning for {topup.id}: the team was suspended."
    kind = PaymentException.Kind.FRAUD_WARNING
    payment_exceptions.file(kind, warning_id, detail, now, team_id=topup.team_id)
    teams.apply_changes(topup.team_id, actor=system_actor(REASON), suspended=True, reason=TOLD)
    switch_off(topup.team_id, REASON)


def forget_caller(topup: TopUp) -> None:
    """After the transaction: no process may believe that the team is still good."""
    caller_cache.forget_team(topup.team_id)
