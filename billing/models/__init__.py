"""What billing keeps."""

from billing.models.accounts import GENESIS_HASH, Account
from billing.models.grants import Grant
from billing.models.holds import OPEN, HoldFields, HoldStatus, hold_model
from billing.models.prices import Price
from billing.models.transfers import Transfer
from billing.models.usage import (
    KeyDay,
    UsageBucket,
    UsageRollup,
    UsageUserDay,
    UsageUserTotal,
)
from billing.models.webhook_endpoints import WebhookEndpoint, WebhookSecret
from billing.models.webhook_events import WebhookDelivery, WebhookEvent

__all__ = [
    "GENESIS_HASH",
    "OPEN",
    "Account",
    "Grant",
    "HoldFields",
    "HoldStatus",
    "KeyDay",
    "Price",
    "Transfer",
    "UsageBucket",
    "UsageRollup",
    "UsageUserDay",
    "UsageUserTotal",
    "WebhookDelivery",
    "WebhookEndpoint",
    "WebhookEvent",
    "WebhookSecret",
    "hold_model",
]
