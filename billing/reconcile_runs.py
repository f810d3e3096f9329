"""Comparisons with Stripe that an operator asks for: written down, then done by a pass."""

from datetime import timedelta

import structlog
from django.conf import settings
from django.db import connection, transaction

from accounts import audit
from accounts.actors import Actor, system_actor
from aurous.kernel.clock import database_now
from aurous.kernel.errors import AurousError
from aurous.kernel.ids import new_id
from billing.gateway import is_configured
from billing.gateway.base import GatewayError
from billing.models import ReconcileRun
from billing.models.stripe_events import ERROR_CHARACTERS_MAX
from billing.reconcile import reconcile
from billing.topups import require_configured

log = structlog.get_logger(__name__)
_ATTEMPTS_MAX = 3
_AGAIN_SECONDS = 30


def ask(days: int, *, actor: Actor, token: str) -> ReconcileRun:
    """Have the last days compared soon; the same token again finds the first run.

    Raises ``value_out_of_range``, and ``provider_unavailable`` where no Stripe is set up.
    """
    require_configured()
    if not 0 < days <= settings.OPERATOR_RECONCILE_DAYS_MAX:
        raise AurousError(
            "value_out_of_range",
            f"Between 1 and {settings.OPERATOR_RECONCILE_DAYS_MAX} days.",
            param="days",
        )
    with transaction.atomic(durable=True):
        now = database_now(connection)
        run, made = ReconcileRun.objects.get_or_create(
            token=token,
            defaults={
                "id": new_id("rec"),
                "days": days,
                "asked_by": actor.label,
                "asked_at": now,
                "due_at": now,
            },
        )
        if made:
            data = {"days": days}
            audit.record("reconciliation.asked", team=None, actor=actor, target=run.id, data=data)
    return run


def run_pass() -> int:
    """Do what is due; returns how many there were."""
    count = 0
    while is_configured() and (run := _claim()) is not None:
        _do(run)
        count += 1
    return count


def _claim() -> ReconcileRun | None:
    """Take one for the time of an attempt; who dies in it is followed by another."""
    with transaction.atomic(durable=True):
        now = database_now(connection)
        due = ReconcileRun.objects.select_for_update(skip_locked=True).filter(due_at__lte=now)
        run = due.order_by("due_at", "id").first()
        if run is not None:
            run.attempts += 1
            run.due_at = now + timedelta(seconds=settings.RECONCILE_LEASE_SECONDS)
            run.save(update_fields=["attempts", "due_at"])
    return run


def _do(run: ReconcileRun) -> None:
    since = database_now(connection) - timedelta(days=run.days)
    try:
        found = reconcile(since)
    except (GatewayError, AurousError) as error:
        log.warning("reconcile.unanswered", run=run.id, kind=type(error).__name__)
        _fail(run, str(error) or type(error).__name__)
    else:
        _finish(run, differences=len(found), error="")


def _fail(run: ReconcileRun, error: str) -> None:
    if run.attempts >= _ATTEMPTS_MAX:
        _finish(run, differences=None, error=error[:ERROR_CHARACTERS_MAX])
        return
    again = database_now(connection) + timedelta(seconds=_AGAIN_SECONDS)
    open_one = ReconcileRun.objects.filter(pk=run.pk, finished_at=None)
    open_one.update(due_at=again, error=error[:ERROR_CHARACTERS_MAX])


def _finish(run: ReconcileRun, *, differences: int | None, error: str) -> None:
    with transaction.atomic(durable=True):
        open_one = ReconcileRun.objects.filter(pk=run.pk, finished_at=None)
        now = database_now(connection)
        if open_one.update(finished_at=now, due_at=None, differences=differences, error=error):
            audit.record(
                "reconciliation.finished",
                team=None,
                actor=system_actor("billing.reconcile_runs"),
                target=run.id,
                data={"differences": differences, "error": error or None},
            )
