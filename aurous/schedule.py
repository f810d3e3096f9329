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
}
