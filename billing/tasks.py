"""Billing's periodic work: doors, not rooms."""

import structlog
from celery import shared_task

from billing import (
    approvals,
    expiry_notices,
    notices,
    proofs,
    recharge,
    reconcile_runs,
    stripe_inbox,
    stripe_sweep,
)
from billing.reaper import reap
from billing.stripe_webhook import HANDLE_TASK
from billing.webhooks.deliverer import run_pass

log = structlog.get_logger(__name__)


@shared_task(name="billing.reap")
def reap_task() -> None:
    """One pass of the reaper."""
    done = reap()
    if done.holds:
        log.info("reaper.released", holds=done.holds)


@shared_task(name="billing.deliver_webhooks")
def deliver_webhooks_task() -> None:
    """One pass of the deliverer."""
    run_pass()


@shared_task(name=HANDLE_TASK)
def handle_stripe_event_task(event_id: str) -> None:
    """Work on one event of Stripe's."""
    stripe_inbox.handle(event_id)


@shared_task(name="billing.stripe_inbox")
def stripe_inbox_task() -> None:
    """Work on the events that are due."""
    stripe_inbox.run_pass()


@shared_task(name="billing.stripe_sweep")
def stripe_sweep_task() -> None:
    """Read what webhooks did not tell, and compare."""
    stripe_sweep.sweep()


@shared_task(name="billing.reconcile_runs")
def reconcile_runs_task() -> None:
    """Compare what operators asked to have compared."""
    reconcile_runs.run_pass()


@shared_task(name="billing.recharge")
def recharge_task() -> None:
    """One look at the balances of teams with auto-recharge."""
    recharge.run_pass()


@shared_task(name="billing.notices")
def notices_task() -> None:
    """Close requests that nobody decided, write mails of grants that expire, send what is due."""
    approvals.expire()
    expiry_notices.run_pass()
    notices.run_pass()


@shared_task(name="billing.proofs")
def proofs_task() -> None:
    """Check the invariants where somebody asked, or where it is time."""
    proofs.run_pass_beside()
