"""Credit given or taken, and money given back, by an operator: at once, or once another agrees.

The act, what it does to the books and its audit are one transaction. A form that is sent twice has
the same token and is one act.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db import IntegrityError

from accounts import audit
from accounts.actors import Actor, user_actor
from accounts.models import Team, User
from aurous.kernel.ids import new_id
from aurous.kernel.money import credits_text
from billing import alone, corrections, refunds
from billing.corrections import Correction
from billing.gateway.base import GatewayError
from billing.grants import PRIORITY_DEFAULT, current_books
from billing.ledger import Books, with_accounts
from billing.models import Grant, OperatorAct, Reversal, TopUp
from billing.refunds import RefundOrder
from billing.reversals import worth
from billing.topup_amounts import cents_text
from billing.topups import require_configured

log = structlog.get_logger(__name__)
Kind, State = OperatorAct.Kind, OperatorAct.State
USED = (
    "This form has already been sent with other words, and that was done. Look at what stands in "
    "the books before you send this."
)


@dataclass(frozen=True, slots=True)
class CreditOrder:
    """A signed amount of nano-credits, and what kind of grant it becomes where it is given."""

    team: Team
    amount: int
    reason: str
    token: str
    kind: Grant.Kind = Grant.Kind.ADJUSTMENT
    priority: int = PRIORITY_DEFAULT
    expires_at: datetime | None = None
    effective_at: datetime | None = None  # None: now


@dataclass(frozen=True, slots=True)
class BackOrder:
    """Cents of a top-up to give back."""

    topup: TopUp
    cents: int
    reason: str
    token: str


def credit(order: CreditOrder, operator: User) -> OperatorAct:
    """Book it, or ask another person where it is more than one may do alone.

    Raises ``ValueError`` for what could not be booked now and for a token of another act.
    """
    checked_reason(order.reason)
    return _once(order.token, lambda: with_accounts(lambda: _credit(order, operator)))


def refund(order: BackOrder, operator: User) -> OperatorAct:
    """Refund it, or ask another person; Stripe is asked after that and may answer later.

    Raises ``ValueError``, and ``AurousError`` beyond what can be refunded or without Stripe.
    """
    checked_reason(order.reason)
    require_configured()
    act = _once(order.token, lambda: with_accounts(lambda: _refund(order, operator)))
    send(act)
    return act


def checked_reason(reason: str) -> str:
    """Raises ``ValueError`` for one that says nothing."""
    if len(reason.strip()) < settings.OPERATOR_REASON_CHARACTERS_MIN:
        least = settings.OPERATOR_REASON_CHARACTERS_MIN
        raise ValueError(f"a reason has at least {least} characters")
    return reason.strip()


def correction_of(act: OperatorAct, actor: Actor, *, asked_by: str = "") -> Correction:
    """What an act on credit books."""
    return Correction(
        act.team,
        act.credits,
        act.reason,
        actor,
        act.token,
        kind=Grant.Kind(act.grant_kind),
        priority=act.priority,
        expires_at=act.expires_at,
        effective_at=act.effective_at,
        asked_by=asked_by,
    )


def refund_of(act: OperatorAct, actor: Actor, *, asked_by: str = "") -> RefundOrder:
    """What an act of refunding asks Stripe for."""
    assert act.topup is not None  # the database refuses a refund without one
    assert act.cents is not None
    return RefundOrder(act.topup, act.cents, act.reason, actor, act.token, asked_by)


def reversal_of(act: OperatorAct) -> Reversal | None:
    """What became of an act of refunding, once it was done."""
    return Reversal.objects.select_related("topup").filter(token=act.token).first()


def send(act: OperatorAct) -> None:
    """Ask Stripe for a refund that was decided. Where it does not answer, the sweep asks again."""
    row = reversal_of(act) if act.kind == Kind.REFUND else None
    if row is None:
        return
    try:
        refunds.send(row)
    except GatewayError as error:
        log.warning("refund.unanswered", reversal=row.pk, kind=type(error).__name__)


def _once(token: str, operation: Callable[[], OperatorAct]) -> OperatorAct:
    try:
        return operation()
    except IntegrityError as error:  # the same token at the same moment, for another team
        if OperatorAct.objects.filter(token=token).exists():
            raise ValueError(USED) from error
        raise


def _credit(order: CreditOrder, operator: User) -> OperatorAct:
    with current_books([order.team.pk]) as books:
        act = OperatorAct(
            kind=Kind.CREDIT,
            team=order.team,
            credits=order.amount,
            grant_kind=str(order.kind),
            priority=order.priority,
            expires_at=order.expires_at,
            effective_at=order.effective_at,
            **_said(books, order, operator),
        )
        if (earlier := _earlier(act)) is not None:
            return earlier
        alone.lock_operator(operator)
        wanted = correction_of(act, user_actor(operator))
        if abs(act.credits) <= alone.left_nano(operator, books.now):
            corrections.book(books, wanted)
        else:
            corrections.check(books, wanted)
            corrections.check_available(books, wanted)
            _ask(books, act, operator)
        act.save(force_insert=True)
    return act


def _refund(order: BackOrder, operator: User) -> OperatorAct:
    with current_books([order.topup.team_id]) as books:
        act = OperatorAct(
            kind=Kind.REFUND,
            team=order.topup.team,
            credits=-worth(order.topup, order.cents),
            topup=order.topup,
            cents=order.cents,
            **_said(books, order, operator),
        )
        if (earlier := _earlier(act)) is not None:
            return earlier
        alone.lock_operator(operator)
        wanted = refund_of(act, user_actor(operator))
        if order.cents <= alone.left_cents(operator, books.now):
            refunds.place(wanted)
        else:
            refunds.check_amount(order.topup, order.cents)
            _ask(books, act, operator)
        act.save(force_insert=True)
    return act


def _said(books: Books, order: CreditOrder | BackOrder, operator: User) -> dict[str, Any]:
    return {
        "id": new_id("act"),
        "state": State.DONE,
        "reason": order.reason.strip(),
        "token": order.token,
        "asked_by": operator,
        "asked_at": books.now,
    }


def _earlier(act: OperatorAct) -> OperatorAct | None:
    """The act that this form has made already. Raises ``ValueError`` where it was another one."""
    found = OperatorAct.objects.select_related("team", "topup").filter(token=act.token).first()
    if found is not None and _words(found) != _words(act):
        raise ValueError(USED)
    return found


def _words(act: OperatorAct) -> tuple[object, ...]:
    said = (act.kind, act.team_id, act.credits, act.cents, act.topup_id, act.reason)
    dates = (act.effective_at, act.expires_at)
    return (*said, act.grant_kind, act.priority, *dates, act.asked_by_id)


def _ask(books: Books, act: OperatorAct, operator: User) -> None:
    """It waits for another person. Nothing concerns the team yet, so its log says nothing."""
    act.state = State.PENDING
    act.lapses_at = books.now + timedelta(seconds=settings.OPERATOR_REQUEST_SECONDS)
    audit.record(
        "operator_act.requested",
        team=None,
        actor=user_actor(operator),
        target=act.id,
        data=facts(act),
    )


def facts(act: OperatorAct) -> dict[str, object]:
    """What the audit log says about a request."""
    amount = (
        {"amount": cents_text(act.cents), "topup": act.topup_id}
        if act.cents
        else {"credits": credits_text(act.credits)}
    )
    return {"team": act.team_id, "kind": str(act.kind), **amount, "reason": act.reason}
