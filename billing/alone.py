"""How much one operator may do without a second person: a sum over a day, not an act."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Sum
from django.db.models.functions import Abs

from accounts.models import User
from aurous.kernel.money import NANO_PER_CREDIT
from billing.models import OperatorAct

Kind = OperatorAct.Kind


def lock_operator(operator: User) -> None:
    """Two acts of one operator come one by one, so that the second sees the sum of the first.

    Comes after the lock on the team's account, always.
    """
    User.objects.select_for_update(no_key=True).get(pk=operator.pk)


def left_nano(operator: User, now: datetime) -> int:
    """Nano-credits that this operator may still give or take alone."""
    return _left(operator, Kind.CREDIT, "credits", now, limit=limit_nano())


def left_cents(operator: User, now: datetime) -> int:
    """Cents that this operator may still refund alone."""
    return _left(operator, Kind.REFUND, "cents", now, limit=settings.REFUND_CENTS_ALONE_MAX)


def limit_nano() -> int:
    """Nano-credits of a day."""
    return int(settings.CORRECTION_CREDITS_ALONE_MAX) * NANO_PER_CREDIT


def _left(operator: User, kind: OperatorAct.Kind, column: str, now: datetime, *, limit: int) -> int:
    """What was given and what was taken count alike: else one would make room for the other."""
    done = OperatorAct.objects.filter(
        asked_by=operator,
        kind=kind,
        state=OperatorAct.State.DONE,
        asked_at__gt=now - timedelta(seconds=settings.ALONE_SECONDS),
    )
    total: int | None = done.aggregate(total=Sum(Abs(column)))["total"]
    return max(0, limit - int(total or 0))
