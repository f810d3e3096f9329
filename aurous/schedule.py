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
}
