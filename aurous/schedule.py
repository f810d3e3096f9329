"""Periodic work, all of it in one place."""

from typing import Any

from django.conf import settings

SCHEDULE: dict[str, dict[str, Any]] = {
    "reap": {
        "task": "billing.reap",
        "schedule": settings.REAP_SECONDS,
        # A pass that could not start before the next one is due is not worth making up for.
        "options": {"expires": settings.REAP_SECONDS, "queue": "ops"},
    },
}
