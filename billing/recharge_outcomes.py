"""What an attempt does to auto-recharge: failures are counted, the third ends it."""

from datetime import datetime, timedelta

from django.conf import settings

from billing import notices
from billing.models import AutoRecharge, TopUp
from billing.topup_amounts import cents_text

AUTHENTICATION_REQUIRED = "authentication_required"
DECLINED_TOO_OFTEN = "declined_too_often"


def succeeded(team_id: str) -> None:
    """A card that works has no failures."""
    AutoRecharge.objects.filter(pk=team_id).update(failures=0, not_before=None)


def failed(topup: TopUp, code: str, now: datetime) -> bool:
    """Count one failure of an attempt, in the transaction that fails it, and have the team told.

    True where the bank wants to see the card's owner: that mail has a link, and is written once
    the page to pay on is there (``billing.recharge``).
    """
    row = AutoRecharge.objects.select_for_update().filter(pk=topup.team_id).first()
    if row is None:
        return False
    row.failures += 1
    row.not_before = now + timedelta(seconds=settings.RECHARGE_RETRY_SECONDS)
    switched_off = row.failures >= settings.RECHARGE_FAILURES_MAX
    if switched_off:
        row.enabled, row.disabled_reason = False, DECLINED_TOO_OFTEN
    row.save(update_fields=["failures", "not_before", "enabled", "disabled_reason"])
    if code == AUTHENTICATION_REQUIRED:
        return True
    told = {
        "amount": cents_text(topup.amount_cents),
        "code": code,
        "switched_off": switched_off,
    }
    notices.tell(topup.team_id, "recharge_failed", told, now, mark=f"recharge_failed:{topup.id}")
    return False
