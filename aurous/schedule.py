"""Periodic work, all of it in one place."""

from typing import Any

from django.conf import settings

SCHEDULE: dict[str, dict[str, Any]] = {
    "reap": {
        "task": "billing.reap",
        "schedule": settings.REAP_SECONDS,
        # No expiry: Celery compares the clocks of two machines for it, and a pass is cheap.
        "options": {"queue": "ops"},
    },
    "deliver_webhooks": {
        "task": "billing.deliver_webhooks",
        "schedule": settings.WEBHOOK_EVERY_SECONDS,
        "options": {"queue": "ops"},
    },
    "stripe_inbox": {
        "task": "billing.stripe_inbox",
        "schedule": settings.STRIPE_INBOX_SECONDS,
        "options": {"queue": "ops"},
    },
    "stripe_sweep": {
        "task": "billing.stripe_sweep",
        "schedule": settings.STRIPE_SWEEP_SECONDS,
        "options": {"queue": "ops"},
    },
    "reconcile_runs": {
        "task": "billing.reconcile_runs",
        "schedule": settings.RECONCILE_SECONDS,
        "options": {"queue": "ops"},
    },
    "recharge": {
        "task": "billing.recharge",
        "schedule": settings.RECHARGE_SECONDS,
        "options": {"queue": "ops"},
    },
    "notices": {
        "task": "billing.notices",
        "schedule": settings.NOTICE_SECONDS,
        "options": {"queue": "ops"},
    },
    "proofs": {
        "task": "billing.proofs",
        "schedule": settings.PROOF_LOOK_SECONDS,
        "options": {"queue": "ops"},
    },
}
