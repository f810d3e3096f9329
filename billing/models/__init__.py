"""What billing keeps."""

from billing.models.accounts import GENESIS_HASH, Account
from billing.models.grants import Grant
from billing.models.holds import OPEN, HoldFields, HoldStatus, hold_model
from billing.models.notices import Notice
from billing.models.operator_acts import OperatorAct
from billing.models.prices import Price
from billing.models.promo_codes import PromoCode, PromoRedemption
from billing.models.proofs import Proof
from billing.models.reconcile_runs import ReconcileRun
from billing.models.reversals import Debt, Reversal, ReversalTransfer
from billing.models.scheduled_grants import ScheduledGrant
from billing.models.stripe_events import PaymentException, StripeCursor, StripeEvent
from billing.models.topups import AutoRecharge, StripeCustomer, TopUp
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
    "AutoRecharge",
    "Debt",
    "Grant",
    "HoldFields",
    "HoldStatus",
    "KeyDay",
    "Notice",
    "OperatorAct",
    "PaymentException",
    "Price",
    "PromoCode",
    "PromoRedemption",
    "Proof",
    "ReconcileRun",
    "Reversal",
    "ReversalTransfer",
    "ScheduledGrant",
    "StripeCursor",
    "StripeCustomer",
    "StripeEvent",
    "TopUp",
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
