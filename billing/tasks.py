"""Billing's periodic work: doors, not rooms."""

import structlog
from celery import shared_task

from billing.reaper import reap
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
