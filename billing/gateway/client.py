"""Stripe, over its own library: one client, a pinned API version, bounded patience."""

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import stripe
import structlog

from billing.gateway import mapping
from billing.gateway.base import (
    BalanceTransaction,
    CardDeclined,
    Checkout,
    CheckoutOrder,
    Dispute,
    Event,
    GatewayError,
    GatewayNotFound,
    GatewayRefused,
    GatewayUnavailable,
    Payment,
    PaymentOrder,
    Refund,
)
from billing.gateway.requests import checkout_params, payment_params

R = TypeVar("R")
log = structlog.get_logger(__name__)
API_VERSION = "2026-10-28.endive"  # what stripe 16.1.0 was made for; change both together
PAGE_ROWS = 100
# Nothing was decided about the call itself: no answer, too many calls, our key is wrong, or the
# idempotency key was used before and what became of that call must be read.
_UNKNOWN = (
    stripe.APIConnectionError,
    stripe.APIError,
    stripe.RateLimitError,
    stripe.AuthenticationError,
    stripe.PermissionError,
    stripe.IdempotencyError,
)


class StripeGateway:
    """The ``Gateway`` that talks to Stripe, or to what stands at ``api_base``."""

    def __init__(
        self,
        secret_key: str,
        *,
        api_base: str = "",
        retries_max: int = 2,
        timeout_s: float = 20.0,
        http_client: Any = None,
    ) -> None:
        self._v1: Any = stripe.StripeClient(
            secret_key,
            stripe_version=API_VERSION,
            base_addresses={"api": api_base} if api_base else {},
            max_network_retries=retries_max,
            http_client=http_client or stripe.RequestsClient(timeout=timeout_s),
        ).v1

    def create_customer(self, *, team_id: str, name: str, email: str, key: str) -> str:
        """A customer's id."""
        params = {"name": name, "metadata": {"team": team_id}}
        if email:
            params["email"] = email
        made = self._ask(lambda: self._v1.customers.create(params, _once(key)))
        return str(made["id"])

    def create_checkout(self, order: CheckoutOrder, *, key: str) -> Checkout:
        """A page to pay on."""
        params = checkout_params(order)
        return mapping.checkout(
            self._ask(lambda: self._v1.checkout.sessions.create(params, _once(key)))
        )

    def retrieve_checkout(self, checkout_id: str) -> Checkout:
        """The page as it is now."""
        asked = {"expand": ["invoice"]}
        return mapping.checkout(
            self._ask(lambda: self._v1.checkout.sessions.retrieve(checkout_id, asked))
        )

    def expire_checkout(self, checkout_id: str) -> Checkout:
        """Close a page that nobody shall pay on any more."""
        return mapping.checkout(self._ask(lambda: self._v1.checkout.sessions.expire(checkout_id)))

    def create_payment(self, order: PaymentOrder, *, key: str) -> Payment:
        """Make and confirm a payment with a kept card."""
        params = payment_params(order)
        return mapping.payment(
            self._ask(lambda: self._v1.payment_intents.create(params, _once(key)))
        )

    def confirm_payment(self, payment_id: str, payment_method_id: str, *, key: str) -> Payment:
        """Try a payment once more."""
        params = {"payment_method": payment_method_id, "off_session": True}
        intents = self._v1.payment_intents
        return mapping.payment(self._ask(lambda: intents.confirm(payment_id, params, _once(key))))

    def retrieve_payment(self, payment_id: str) -> Payment:
        """The payment as it is now."""
        asked = {"expand": ["latest_charge"]}
        return mapping.payment(
            self._ask(lambda: self._v1.payment_intents.retrieve(payment_id, asked))
        )

    def payments_of(self, customer_id: str) -> Iterator[Payment]:
        """All payments of a customer, newest first."""
        rows = self._all(self._v1.payment_intents.list, {"customer": customer_id})
        return map(mapping.payment, rows)

    def payment_of_charge(self, charge_id: str) -> str | None:
        """The payment that a charge belongs to."""
        charge = self._ask(lambda: self._v1.charges.retrieve(charge_id))
        return mapping.id_of(charge.get("payment_intent"))

    def create_refund(
        self, payment_id: str, amount_cents: int, *, reversal_id: str, key: str
    ) -> Refund:
        """Give money back."""
        params = {
            "payment_intent": payment_id,
            "amount": amount_cents,
            "reason": "requested_by_customer",
            "metadata": {"reversal": reversal_id},
        }
        return mapping.refund(self._ask(lambda: self._v1.refunds.create(params, _once(key))))

    def retrieve_refund(self, refund_id: str) -> Refund:
        """The refund as it is now."""
        return mapping.refund(self._ask(lambda: self._v1.refunds.retrieve(refund_id)))

    def refunds_of(self, payment_id: str) -> list[Refund]:
        """All refunds of a payment."""
        rows = self._all(self._v1.refunds.list, {"payment_intent": payment_id})
        return [mapping.refund(row) for row in rows]

    def retrieve_dispute(self, dispute_id: str) -> Dispute:
        """The dispute as it is now."""
        return mapping.dispute(self._ask(lambda: self._v1.disputes.retrieve(dispute_id)))

    def disputes_of(self, payment_id: str) -> list[Dispute]:
        """All disputes of a payment."""
        rows = self._all(self._v1.disputes.list, {"payment_intent": payment_id})
        return [mapping.dispute(row) for row in rows]

    def events(self, since_s: int) -> Iterator[Event]:
        """What happened since, newest first."""
        return map(mapping.event, self._all(self._v1.events.list, {"created": {"gte": since_s}}))

    def balance_transactions(self, since_s: int) -> Iterator[BalanceTransaction]:
        """The lines of our account since, newest first."""
        rows = self._all(self._v1.balance_transactions.list, {"created": {"gte": since_s}})
        return map(mapping.balance_transaction, rows)

    def create_portal(self, customer_id: str, return_url: str) -> str:
        """The address of the page where a customer sees receipts and cards."""
        params = {"customer": customer_id, "return_url": return_url}
        made = self._ask(lambda: self._v1.billing_portal.sessions.create(params))
        return str(made["url"])

    def _ask(self, call: Callable[[], Any]) -> dict[str, Any]:
        answer: dict[str, Any] = _translated(call).to_dict()
        return answer

    def _all(self, list_rows: Callable[[Any], Any], params: dict[str, Any]) -> Iterator[Any]:
        """Every row of a list, page after page."""
        asked = {**params, "limit": PAGE_ROWS}
        while True:
            page = self._ask(lambda asked=asked: list_rows(asked))  # type: ignore[misc]
            yield from page["data"]
            if not page["has_more"]:
                return
            asked = {**asked, "starting_after": page["data"][-1]["id"]}


def _once(key: str) -> dict[str, str]:
    return {"idempotency_key": key}


def _translated(call: Callable[[], R]) -> R:
    """Their errors as ours. No message of theirs goes to a log: it may tell of a customer."""
    try:
        return call()
    except stripe.StripeError as error:
        log.warning("stripe.error", kind=type(error).__name__, code=error.code)
        raise _ours(error) from error


def _ours(error: stripe.StripeError) -> GatewayError:
    code, message = error.code or type(error).__name__, error.user_message or str(error)
    if isinstance(error, stripe.CardError):
        body = error.json_body if isinstance(error.json_body, dict) else {}
        told = body.get("error") or {}
        return CardDeclined(
            code if code == "authentication_required" else told.get("decline_code") or code,
            message,
            mapping.id_of(told.get("payment_intent")),
        )
    if error.http_status == 409 or isinstance(error, _UNKNOWN):
        return GatewayUnavailable(type(error).__name__)
    if error.http_status == 404:
        return GatewayNotFound(code, message)
    return GatewayRefused(code, message)
