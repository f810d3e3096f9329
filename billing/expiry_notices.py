"""Mails before credit expires: some days ahead, each once."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction

from aurous.kernel.clock import database_now
from billing import notices
from billing.amounts import grouped
from billing.models import Grant, Notice


def run_pass() -> int:
    """Tell of the grants that expire soon; how many mails were written."""
    now = database_now(connection)
    written = 0
    for days in sorted(settings.GRANT_EXPIRY_NOTICE_DAYS):
        written += sum(_tell(grant, days, now) for grant in _expiring(days, now))
    return written


def _expiring(days: int, now: datetime) -> list[Grant]:
    """Grants that expire in so many days at most, and in more than the next smaller number of
    them: who receives credit for five days is told once at once, not twice.
    """
    smaller = max((d for d in settings.GRANT_EXPIRY_NOTICE_DAYS if d < days), default=0)
    rows = Grant.objects.filter(
        remaining__gt=0,
        expires_at__gt=now + timedelta(days=smaller),
        expires_at__lte=now + timedelta(days=days),
    )
    told = Notice.objects.filter(mark__in=[_mark(row, days) for row in rows])
    marks = set(told.values_list("mark", flat=True))
    return [row for row in rows if _mark(row, days) not in marks]


def _mark(grant: Grant, days: int) -> str:
    return f"grant_expiring:{grant.pk}:{days}"


def _tell(grant: Grant, days: int, now: datetime) -> int:
    told = {
        "days": days,
        "remaining": grouped(grant.remaining),
        "expires_at": f"{grant.expires_at:%Y-%m-%d %H:%M} UTC",
    }
    with transaction.atomic(durable=True):
        notices.tell(grant.account_id, "grant_expiring", told, now, mark=_mark(grant, days))
    return 1
