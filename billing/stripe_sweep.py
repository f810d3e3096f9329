"""The hourly sweep: what webhooks did not tell is read, what has no answer is asked about."""

from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import connection

from aurous.kernel.clock import database_now
from aurous.kernel.locks import with_retries
from billing import payments, refunds, stripe_inbox
from billing.gateway import gateway, is_configured
from billing.gateway.base import GatewayError
from billing.models import StripeCursor, TopUp
from billing.reconcile import moment, reconcile

log = structlog.get_logger(__name__)
_EVENTS, _MONEY = "events", "balance_transactions"
_FIRST_LOOK = timedelta(days=7)  # where nothing was read before
_ASK_AFTER = timedelta(minutes=10)  # an open order; before that its webhook is on the way


def sweep() -> int:
    """One pass; returns how many differences a person must look at. Raises ``GatewayError``."""
    if not is_configured():
        return 0
    _read_events()
    stripe_inbox.run_pass()
    _ask_about_open_orders()
    refunds.resume()
    return _reconcile()


def _read_events() -> None:
    """Everything since the cursor goes into the inbox, where most of it is already."""
    since = _since(_EVENTS)
    newest = since
    for event in gateway().events(since):
        newest = max(newest, event.created_s)
        stripe_inbox.store([event])
    _move(_EVENTS, newest)


def _reconcile() -> int:
    since, now = _since(_MONEY), database_now(connection)
    found = reconcile(moment(since))
    _move(_MONEY, int(now.timestamp()))
    return len(found)


def _since(name: str) -> int:
    row, _ = StripeCursor.objects.get_or_create(pk=name)
    if not row.read_until_s:
        return int((database_now(connection) - _FIRST_LOOK).timestamp())
    return max(0, row.read_until_s - int(settings.STRIPE_SWEEP_OVERLAP_SECONDS))


def _move(name: str, until_s: int) -> None:
    """Forward only, after all of it was stored: who stops before reads it again."""
    StripeCursor.objects.filter(pk=name, read_until_s__lt=until_s).update(read_until_s=until_s)


def _ask_about_open_orders() -> None:
    now = database_now(connection)
    rows = TopUp.objects.filter(
        kind=TopUp.Kind.CHECKOUT,
        status__in=(TopUp.Status.PENDING, TopUp.Status.PROCESSING),
        created_at__lt=now - _ASK_AFTER,
    )
    for topup in rows.order_by("created_at")[: settings.STRIPE_PASS_ROWS_MAX]:
        try:
            _ask(topup, now)
        except GatewayError as error:
            log.warning("topup.unanswered", topup=topup.pk, kind=type(error).__name__)


def _ask(topup: TopUp, now: datetime) -> None:
    if topup.checkout_id is not None:
        payments.refresh(topup.pk)
    elif topup.created_at < now - timedelta(seconds=settings.TOPUP_STALE_SECONDS):
        with_retries(lambda: _expire(topup, now))


def _expire(topup: TopUp, now: datetime) -> None:
    """No page of it was ever shown, and none that we do not know of can be paid on any more."""
    open_ones = TopUp.objects.filter(pk=topup.pk, status=TopUp.Status.PENDING, checkout_id=None)
    open_ones.update(status=TopUp.Status.EXPIRED, completed_at=now)
