"""What Stripe says about one top-up now: read outside of any transaction, judged inside one."""

from dataclasses import dataclass, field

from billing.gateway import gateway
from billing.gateway.base import Checkout, Payment
from billing.models import TopUp
from billing.reversals import Seen, seen


@dataclass(frozen=True, slots=True)
class PaymentState:
    """The objects of one top-up. ``reversals`` are of a payment that succeeded."""

    checkout: Checkout | None = None
    payment: Payment | None = None
    reversals: list[Seen] = field(default_factory=list)

    @property
    def is_paid(self) -> bool:
        """A page that was paid on, or a payment that went through without one."""
        if self.checkout is not None:
            return self.checkout.payment_status == "paid"
        return self.payment is not None and self.payment.status == "succeeded"

    @property
    def paid_cents(self) -> int:
        """All that was paid, with tax."""
        if self.checkout is not None:
            return self.checkout.total_cents
        return self.payment.received_cents if self.payment else 0


def read(
    topup: TopUp, *, checkout_id: str | None = None, payment_id: str | None = None
) -> PaymentState:
    """Ask for everything that hangs on a top-up. Raises ``GatewayError``.

    ``checkout_id`` and ``payment_id`` come from an event that was quicker than our own call's
    answer; what they lead to is checked like everything else. An order that is paid on a page is
    judged by its page alone.
    """
    stripe = gateway()
    checkout_id = topup.checkout_id or checkout_id
    checkout = stripe.retrieve_checkout(checkout_id) if checkout_id else None
    hint = payment_id if topup.kind == TopUp.Kind.RECHARGE else None
    payment_id = topup.payment_id or (checkout.payment_id if checkout else hint)
    if payment_id is None:
        return PaymentState(checkout)
    payment = stripe.retrieve_payment(payment_id)
    if payment.status != "succeeded":
        return PaymentState(checkout, payment)
    found = seen(stripe.refunds_of(payment_id), stripe.disputes_of(payment_id))
    return PaymentState(checkout, payment, found)


def mismatch(topup: TopUp, state: PaymentState) -> str:
    """What is not as it was ordered; empty where all is well."""
    cents = topup.amount_cents
    checkout, payment = state.checkout, state.payment
    wanted = []
    if checkout is not None:
        wanted += [
            ("order", checkout.topup_id, topup.id),
            ("team", checkout.team_id, topup.team_id),
            ("currency", checkout.currency, topup.currency),
            ("amount", checkout.subtotal_cents, cents),
            ("total", max(checkout.total_cents, cents), checkout.total_cents),
        ]
    if payment is None:
        wanted.append(("payment", "none", "one"))
    else:
        wanted += [
            ("payment's order", payment.topup_id, topup.id),
            ("payment's team", payment.team_id, topup.team_id),
            ("payment's currency", payment.currency, topup.currency),
            ("amount received", payment.received_cents, state.paid_cents),
            ("amount paid", cents if checkout is not None else payment.received_cents, cents),
        ]
    wrong = [
        f"{name} is {found!r}, not {right!r}" for name, found, right in wanted if found != right
    ]
    return "; ".join(wrong)
