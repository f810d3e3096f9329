"""From what Stripe says to the books: every event, page and sweep comes through ``refresh``.

A top-up is brought to its state as a whole (paid or not, every refund, every dispute), so that it
does not matter which message came first, twice, late or never. The effects are one transaction.
"""

from collections.abc import Callable
from datetime import datetime

from django.db import connection, transaction

from aurous.kernel.clock import database_now
from billing import grants, notices, payment_exceptions, recharge_outcomes, reversals, takings
from billing.amounts import grouped
from billing.customers import keep_card
from billing.grants import NewGrant, current_books
from billing.ledger import Books, with_accounts
from billing.models import Account, Grant, PaymentException, TopUp, Transfer
from billing.payment_state import PaymentState, mismatch, read
from billing.topup_amounts import cents_text
from billing.webhooks.event_types import EventType
from billing.webhooks.outbox import NewEvent, amount_json

Status = TopUp.Status
Then = Callable[[datetime], None]
_OPEN = (Status.PENDING, Status.PROCESSING)


def refresh(
    topup_id: str,
    *,
    checkout_id: str | None = None,
    payment_id: str | None = None,
    then: Then | None = None,
) -> TopUp:
    """Ask Stripe and bring a top-up to what it says; the same again changes nothing.

    The ids are what an event says that it is about, and ``then`` runs in the transaction of the
    effects. Raises ``GatewayError`` and ``AurousError``.
    """
    topup = TopUp.objects.get(pk=topup_id)
    state = read(topup, checkout_id=checkout_id, payment_id=payment_id)
    return apply(topup, state, then=then)


def apply(topup: TopUp, state: PaymentState, *, then: Then | None = None) -> TopUp:
    """Bring a top-up to a state that was read, however old it is by now."""
    if not _is_known(topup, state):
        return with_accounts(lambda: _apply(topup.pk, topup.team_id, state, then))
    if then is not None:
        with transaction.atomic(durable=True):
            then(database_now(connection))
    return topup


def _is_known(topup: TopUp, state: PaymentState) -> bool:
    """Whether nothing would change; what has happened never unhappens, so no lock is needed."""
    return topup.status == Status.SUCCEEDED and reversals.are_known(topup, state.reversals)


def _apply(topup_id: str, team_id: str, state: PaymentState, then: Then | None) -> TopUp:
    with current_books([team_id]) as books:
        topup = TopUp.objects.get(pk=topup_id)  # the lock on the account is the lock on it
        _note_ids(topup, state)
        if state.is_paid:
            _fulfil(books, topup, state)
        elif topup.status in _OPEN:
            _follow(books, topup, state)
        if topup.status == Status.SUCCEEDED:
            reversals.apply(books, topup, state.reversals)
        if then is not None:
            then(books.now)
    return topup


def _note_ids(topup: TopUp, state: PaymentState) -> None:
    """Keep what the objects are called, where they say that they are of this order."""
    found: dict[str, str] = {}
    if state.checkout and topup.checkout_id is None and state.checkout.topup_id == topup.id:
        found["checkout_id"] = state.checkout.id
    if state.payment and topup.payment_id is None and state.payment.topup_id == topup.id:
        found["payment_id"] = state.payment.id
    _change(topup, **found)


def _fulfil(books: Books, topup: TopUp, state: PaymentState) -> None:
    """Credit a top-up once. Paid money that is not as ordered waits for a person."""
    if topup.status == Status.SUCCEEDED:
        return
    wrong = mismatch(topup, state)
    if wrong:
        kind = PaymentException.Kind.MISMATCH
        payment_exceptions.file(kind, topup.id, wrong, books.now, team_id=topup.team_id)
        return
    grant_id = grants.add(
        books,
        NewGrant(
            topup.team_id,
            topup.credits,
            Grant.Kind.PURCHASED,
            Transfer.Kind.TOP_UP,
            Account.System.STRIPE_CLEARING,
            f"topup:{topup.id}",
            note=f"{cents_text(topup.amount_cents)} of credit",
        ),
    )
    _complete(topup, state, grant_id, books.now)
    paid = takings.pay_debts(books, topup.team_id, grant_id, topup.credits)
    _tell_of_credit(books, topup, paid)
    if topup.kind == TopUp.Kind.RECHARGE or topup.save_card:
        recharge_outcomes.succeeded(topup.team_id)


def _tell_of_credit(books: Books, topup: TopUp, debts_paid: int) -> None:
    told = {
        "amount": cents_text(topup.paid_cents or topup.amount_cents),
        "credits": grouped(topup.credits),
        "debt": grouped(debts_paid) if debts_paid else "",
        "topup": topup.id,
        "receipt": topup.receipt_url,
        "recharge": topup.kind == TopUp.Kind.RECHARGE,
    }
    mark = f"topup_succeeded:{topup.id}"
    notices.tell(topup.team_id, "topup_succeeded", told, books.now, mark=mark)


def _complete(topup: TopUp, state: PaymentState, grant_id: str, now: datetime) -> None:
    payment, checkout = state.payment, state.checkout
    _change(
        topup,
        status=Status.SUCCEEDED,
        grant_id=grant_id,
        completed_at=now,
        paid_cents=state.paid_cents,
        failure_code="",
        charge_id=payment.charge_id if payment else None,
        receipt_url=payment.receipt_url if payment else "",
        invoice_url=checkout.invoice_url if checkout else "",
    )
    payment_exceptions.settle([topup.id, topup.charge_id or ""], now)
    if topup.save_card and payment and payment.payment_method_id:
        keep_card(topup.team_id, payment.payment_method_id)


def _follow(books: Books, topup: TopUp, state: PaymentState) -> None:
    """What became of a top-up that is not paid."""
    checkout, payment = state.checkout, state.payment
    waits = payment is not None and payment.status == "processing"
    done = checkout is None or checkout.status == "complete"
    if checkout is not None and checkout.status == "expired":
        _change(topup, status=Status.EXPIRED, completed_at=books.now)
    elif waits or (done and checkout is not None and payment is None):
        _change(topup, status=Status.PROCESSING)
    elif done and payment is not None and payment.status != "succeeded":
        code = payment.failure_code or payment.status
        _fail(books, topup, "authentication_required" if code == "requires_action" else code)


def fail_unpaid(topup_id: str, code: str) -> TopUp:
    """Fail a top-up of which Stripe knows nothing; does nothing to one that is not open."""
    topup = TopUp.objects.get(pk=topup_id)
    with current_books([topup.team_id]) as books:
        topup.refresh_from_db()
        if topup.status in _OPEN:
            _fail(books, topup, code)
    return topup


def _fail(books: Books, topup: TopUp, code: str) -> None:
    """A top-up that will not be paid; the team is told once."""
    _change(topup, status=Status.FAILED, failure_code=code[:64], completed_at=books.now)
    books.tell(_failed_event(topup, books.now))
    if topup.kind == TopUp.Kind.RECHARGE:
        _change(topup, link_due=recharge_outcomes.failed(topup, code, books.now))
        return
    told = {"amount": cents_text(topup.amount_cents), "code": code}
    notices.tell(topup.team_id, "topup_failed", told, books.now, mark=f"topup_failed:{topup.id}")


def _failed_event(topup: TopUp, now: datetime) -> NewEvent:
    data = {
        "object": "top_up",
        "id": topup.id,
        "amount": amount_json(topup.credits),
        "code": topup.failure_code,
        "created_at": now,
    }
    return NewEvent(topup.team_id, EventType.TOPUP_FAILED, data, f"topup.failed:{topup.id}")


def _change(topup: TopUp, **columns: object) -> None:
    """Change columns of the row, and of the object in hand."""
    if columns:
        TopUp.objects.filter(pk=topup.pk).update(**columns)
        for name, value in columns.items():
            setattr(topup, name, value)
