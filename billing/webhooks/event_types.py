"""The kinds of events, by the names that customers subscribe to."""

from django.db import models


class EventType(models.TextChoices):
    """What can be subscribed to (contract section 7)."""

    BALANCE_LOW = "usage.balance_low"
    BALANCE_EXHAUSTED = "usage.balance_exhausted"
    KEY_LIMIT_REACHED = "key.limit_reached"
    TOPUP_SUCCEEDED = "topup.succeeded"
    TOPUP_FAILED = "topup.failed"
    ENDPOINT_DISABLED = "webhook.endpoint_disabled"


ALL = "*"  # in an endpoint's list: every type, also those to come
# Sent on request to one endpoint, whatever it subscribed to.
TEST = "webhook.test"


def wants(subscribed: list[str], type_: str) -> bool:
    """Whether an endpoint with this list is told of events of this type."""
    return ALL in subscribed or type_ in subscribed
