"""What we need of a payment provider, in our own words. Amounts are cents of the currency.

The operations know only these; ``billing.gateway.client`` speaks them to Stripe.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol


class GatewayError(Exception):
    """Something went wrong outside. Which of the kinds below decides what is known."""


class GatewayUnavailable(GatewayError):  # noqa: N818 - a state of the world
    """No answer, or one that says nothing: the call may have had its effect. Ask again with the
    same idempotency key, or read what became of it.
    """


class GatewayRefused(GatewayError):  # noqa: N818
    """A definite no: the call had no effect and never will. ``code`` is the provider's word."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class GatewayNotFound(GatewayRefused):
    """There is no such object."""


class CardDeclined(GatewayRefused):
    """A card was refused or asks its owner; ``payment_id`` is the payment it happened to."""

    def __init__(self, code: str, message: str, payment_id: str | None) -> None:
        super().__init__(code, message)
        self.payment_id = payment_id


class BadSignature(GatewayError):  # noqa: N818
    """A webhook that the provider did not send, or not now."""


@dataclass(frozen=True, slots=True)
class CheckoutOrder:
    """What a person shall pay for on the provider's page."""

    topup_id: str
    team_id: str
    customer_id: str
    amount_cents: int
    currency: str
    description: str
    save_card: bool
    automatic_tax: bool
    success_url: str
    cancel_url: str


@dataclass(frozen=True, slots=True)
class PaymentOrder:
    """What shall be paid with a card that was kept, while nobody is looking."""

    topup_id: str
    team_id: str
    customer_id: str
    payment_method_id: str
    amount_cents: int
    currency: str
    description: str


@dataclass(frozen=True, slots=True)
class Checkout:
    """A page of the provider's. ``status``: open, complete, expired."""

    id: str
    url: str
    status: str
    payment_status: str  # paid, unpaid, no_payment_required
    payment_id: str | None
    topup_id: str
    team_id: str
    currency: str
    subtotal_cents: int
    total_cents: int
    invoice_url: str = ""


@dataclass(frozen=True, slots=True)
class Payment:
    """A payment. ``status``: requires_payment_method, requires_action, processing, succeeded, …"""

    id: str
    status: str
    amount_cents: int
    received_cents: int
    currency: str
    topup_id: str
    team_id: str
    customer_id: str | None
    payment_method_id: str | None
    charge_id: str | None
    receipt_url: str = ""
    failure_code: str = ""


@dataclass(frozen=True, slots=True)
class Refund:
    """Money on its way back. ``reversal_id`` is ours, where the refund began here."""

    id: str
    payment_id: str | None
    amount_cents: int
    status: str  # pending, requires_action, succeeded, failed, canceled
    created_s: int
    reversal_id: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Dispute:
    """A bank asks for the money. ``withdrawn``: it is gone; ``reinstated``: it is back."""

    id: str
    payment_id: str | None
    amount_cents: int
    status: str
    created_s: int
    withdrawn: bool
    reinstated: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened at the provider; ``payload`` is the whole of it as it was told."""

    id: str
    type: str
    created_s: int
    payload: dict[str, Any] = field(repr=False)

    @property
    def object(self) -> dict[str, Any]:
        """What it is about, as it was then."""
        found: dict[str, Any] = self.payload["data"]["object"]
        return found


@dataclass(frozen=True, slots=True)
class BalanceTransaction:
    """A line of the provider's account of our money: signed cents, what it is for."""

    id: str
    type: str  # charge, payment, refund, payment_refund, adjustment, stripe_fee, payout, …
    amount_cents: int
    currency: str
    source_id: str | None
    created_s: int


class Gateway(Protocol):
    """The provider. Every call that changes something takes an idempotency key.

    All raise ``GatewayUnavailable`` or ``GatewayRefused``.
    """

    def create_customer(self, *, team_id: str, name: str, email: str, key: str) -> str:
        """A customer's id."""

    def create_checkout(self, order: CheckoutOrder, *, key: str) -> Checkout:
        """A page to pay on."""

    def retrieve_checkout(self, checkout_id: str) -> Checkout:
        """The page as it is now."""

    def expire_checkout(self, checkout_id: str) -> Checkout:
        """Close a page that nobody shall pay on any more."""

    def create_payment(self, order: PaymentOrder, *, key: str) -> Payment:
        """Make and confirm a payment with a kept card. Also raises ``CardDeclined``."""

    def confirm_payment(self, payment_id: str, payment_method_id: str, *, key: str) -> Payment:
        """Try a payment once more. Also raises ``CardDeclined``."""

    def retrieve_payment(self, payment_id: str) -> Payment:
        """The payment as it is now."""

    def payments_of(self, customer_id: str) -> Iterator[Payment]:
        """All payments of a customer, newest first."""

    def payment_of_charge(self, charge_id: str) -> str | None:
        """The payment that a charge belongs to."""

    def create_refund(
        self, payment_id: str, amount_cents: int, *, reversal_id: str, key: str
    ) -> Refund:
        """Give money back."""

    def retrieve_refund(self, refund_id: str) -> Refund:
        """The refund as it is now."""

    def refunds_of(self, payment_id: str) -> list[Refund]:
        """All refunds of a payment."""

    def retrieve_dispute(self, dispute_id: str) -> Dispute:
        """The dispute as it is now."""

    def disputes_of(self, payment_id: str) -> list[Dispute]:
        """All disputes of a payment."""

    def events(self, since_s: int) -> Iterator[Event]:
        """What happened since, newest first."""

    def balance_transactions(self, since_s: int) -> Iterator[BalanceTransaction]:
        """The lines of our account since, newest first."""

    def create_portal(self, customer_id: str, return_url: str) -> str:
        """The address of the page where a customer sees receipts and cards."""
