"""What billing keeps."""

from billing.models.accounts import GENESIS_HASH, Account
from billing.models.grants import Grant
from billing.models.holds import OPEN, HoldFields, HoldStatus, hold_model
from billing.models.idempotency import IdempotencyClaim
from billing.models.prices import Price
from billing.models.transfers import Transfer
from billing.models.usage import KeyDay, UsageBucket, UsageRollup, UsageUserDay

__all__ = [
    "GENESIS_HASH",
    "OPEN",
    "Account",
    "Grant",
    "HoldFields",
    "HoldStatus",
    "IdempotencyClaim",
    "KeyDay",
    "Price",
    "Transfer",
    "UsageBucket",
    "UsageRollup",
    "UsageUserDay",
    "hold_model",
]
