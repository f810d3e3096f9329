"""The queue of differences between Stripe and our books that a person must look at."""

from datetime import datetime

import structlog
from django.db import connection, transaction

from accounts import audit
from accounts.actors import Actor
from aurous import metrics
from aurous.kernel.clock import database_now
from aurous.kernel.errors import AurousError
from aurous.kernel.ids import new_id
from billing.models import PaymentException

log = structlog.get_logger(__name__)
Kind = PaymentException.Kind
# A customer's money is here and their credit is not.
UNCREDITED = (Kind.MISMATCH, Kind.NOT_CREDITED, Kind.UNKNOWN_PAYMENT)
_DETAIL_CHARACTERS_MAX = 500


def file(
    kind: PaymentException.Kind,
    object_id: str,
    detail: str,
    now: datetime,
    *,
    team_id: str | None = None,
) -> None:
    """Put a difference into the queue. The same one again, also one that was resolved, is not
    filed twice.
    """
    row = PaymentException(
        id=new_id("pex"),
        kind=kind,
        mark=f"{kind}:{object_id}",
        team_id=team_id,
        object_id=object_id,
        detail=detail[:_DETAIL_CHARACTERS_MAX],
        found_at=now,
    )
    PaymentException.objects.bulk_create([row], ignore_conflicts=True)
    log.error("payment.exception", kind=str(kind), object=object_id, team=team_id)


def settle(object_ids: list[str], now: datetime) -> None:
    """Close what waited for a credit that has come, inside the caller's transaction."""
    waiting = PaymentException.objects.filter(
        object_id__in=object_ids, kind__in=UNCREDITED, resolved_at=None
    )
    waiting.update(resolved_at=now, resolved_by="Aurous", resolution="Credited after all.")


def resolve(exception_id: str, resolution: str, *, actor: Actor) -> None:
    """Close one, with what was done about it. Raises ``resource_not_found``, ``missing_field``."""
    if not resolution.strip():
        raise AurousError("missing_field", "Say what was done about it.", param="resolution")
    with transaction.atomic(durable=True):
        open_ones = PaymentException.objects.filter(pk=exception_id, resolved_at=None)
        changed = open_ones.update(
            resolved_at=database_now(connection),
            resolved_by=actor.label,
            resolution=resolution.strip(),
        )
        if not changed:
            raise AurousError("resource_not_found", f"{exception_id!r} is not open.")
        team_id = PaymentException.objects.values_list("team_id", flat=True).get(pk=exception_id)
        audit.record(
            "payment_exception.resolved",
            team=team_id,
            actor=actor,
            target=exception_id,
            data={"resolution": resolution.strip()},
        )


def count_open() -> int:
    """How many wait for a person."""
    return PaymentException.objects.filter(resolved_at=None).count()


def measure() -> int:
    """Count the customers' payments without credit that nobody has settled, and tell the alarm."""
    open_ones = PaymentException.objects.filter(resolved_at=None)
    uncredited = open_ones.filter(kind__in=UNCREDITED).count()
    metrics.PAYMENTS_UNCREDITED.set(uncredited)
    metrics.PAYMENT_EXCEPTIONS_OPEN.set(open_ones.count())
    return uncredited
