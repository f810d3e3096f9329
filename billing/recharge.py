"""Auto-recharge: credit is bought with a kept card when the balance runs low. Off unless chosen.

A pass looks at the teams that chose it: a balance below the threshold, or a request that was
refused, starts an attempt. The attempt's row is committed before Stripe hears of it, and there is
one in flight for a team; whatever becomes of the call, the next pass finds out.
"""

from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.db.models import F, Q, QuerySet, Sum
from django.urls import reverse

from aurous.kernel.clock import database_now
from aurous.kernel.locks import with_retries
from billing import notices, payments
from billing.balance import balance_of
from billing.customers import customer_of
from billing.gateway import gateway, is_configured
from billing.gateway.base import CardDeclined, GatewayError, GatewayRefused, Payment, PaymentOrder
from billing.ledger import with_accounts
from billing.models import AutoRecharge, StripeCustomer, TopUp
from billing.payment_state import PaymentState
from billing.topup_amounts import cents_text
from billing.topups import new_topup, open_page

log = structlog.get_logger(__name__)
Status = TopUp.Status
_IN_FLIGHT = (Status.PENDING, Status.PROCESSING)
_COUNTED = (*_IN_FLIGHT, Status.SUCCEEDED)
_ORDERED_BY = "auto-recharge"


def run_pass() -> int:
    """Start what is due and ask about attempts without an answer; how many it looked at."""
    if not is_configured():
        return 0
    now = database_now(connection)
    looked_at = 0
    for team_id in _due(now):
        looked_at += attempt(team_id) is not None
    for topup in _unanswered(now):
        looked_at += 1
        _quietly(topup)
    for topup in _unlinked():
        looked_at += 1
        _link_quietly(topup)
    return looked_at


def _due(now: datetime) -> list[str]:
    """Teams whose credit is low and who may have some bought now."""
    rows = _low().filter(enabled=True, team__suspended_at=None)
    rows = rows.filter(Q(not_before=None) | Q(not_before__lte=now))
    return list(rows.order_by("pk").values_list("pk", flat=True)[: settings.STRIPE_PASS_ROWS_MAX])


def _low() -> QuerySet[AutoRecharge]:
    """Whose balance is below the threshold, or was too little for a request that was refused."""
    account = "team__account__"
    low = Q(**{f"{account}posted__lt": F(f"{account}floor") + F("threshold")})
    return AutoRecharge.objects.filter(low | Q(**{f"{account}exhausted_told": True}))


def attempt(team_id: str) -> TopUp | None:
    """One attempt, where none is in flight and the month's cap allows it; None otherwise."""
    balance_of(team_id)  # books promised credit that has begun: no card pays for what is there
    try:
        topup = with_retries(lambda: _begin(team_id))
    except IntegrityError:
        return None  # somebody else was quicker: one in flight
    if topup is not None:
        _quietly(topup)
    return topup


def _begin(team_id: str) -> TopUp | None:
    with transaction.atomic(durable=True):
        row = AutoRecharge.objects.select_for_update().filter(pk=team_id, enabled=True).first()
        now = database_now(connection)
        card = StripeCustomer.objects.filter(pk=team_id).exclude(payment_method_id="").first()
        if row is None or card is None or not _may_begin(row, now):
            return None
        return new_topup(
            team_id,
            row.amount_cents,
            TopUp.Kind.RECHARGE,
            ordered_by=_ORDERED_BY,
            payment_method_id=card.payment_method_id,
        )


def _may_begin(row: AutoRecharge, now: datetime) -> bool:
    if row.not_before is not None and row.not_before > now:
        return False
    if not _low().filter(pk=row.pk).exists():  # asked after the lock: another pass was quicker
        return False
    recharges = TopUp.objects.filter(team_id=row.pk, kind=TopUp.Kind.RECHARGE)
    if recharges.filter(status__in=_IN_FLIGHT).exists():
        return False
    return spent_cents(row.pk, now) + row.amount_cents <= row.monthly_cap_cents


def spent_cents(team_id: str, now: datetime) -> int:
    """What auto-recharge has bought, or is buying, in this UTC month."""
    month = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    bought = TopUp.objects.filter(
        team_id=team_id, kind=TopUp.Kind.RECHARGE, status__in=_COUNTED, created_at__gte=month
    )
    total: int | None = bought.aggregate(total=Sum("amount_cents"))["total"]
    return total or 0


def _quietly(topup: TopUp) -> None:
    """A call without an answer leaves the attempt in flight: a later pass asks again."""
    try:
        charge(topup)
    except GatewayError as error:
        log.warning("recharge.unanswered", topup=topup.id, kind=type(error).__name__)


def charge(topup: TopUp) -> TopUp:
    """Charge the kept card for an attempt, once however often this is called.

    Raises ``GatewayUnavailable`` where it is unknown what became of it.
    """
    if topup.payment_id is not None:
        return payments.refresh(topup.pk)
    try:
        payment = _payment_of(topup)
    except GatewayRefused as refused:  # a definite no without a payment
        return _fail(topup, refused.code)
    if payment is None:
        return _fail(topup, "never_sent")
    return payments.apply(topup, PaymentState(payment=payment))


def _payment_of(topup: TopUp) -> Payment | None:
    """The payment of an attempt: made with its idempotency key, or, once the key may have been
    forgotten, looked for among the customer's.
    """
    customer_id = customer_of(topup.team)
    age = database_now(connection) - topup.created_at
    if age >= timedelta(seconds=settings.STRIPE_KEY_SECONDS):
        ours = gateway().payments_of(customer_id)
        return next((one for one in ours if one.topup_id == topup.id), None)
    order = PaymentOrder(
        topup_id=topup.id,
        team_id=topup.team_id,
        customer_id=customer_id,
        payment_method_id=topup.payment_method_id,
        amount_cents=topup.amount_cents,
        currency=topup.currency,
        description=f"{cents_text(topup.amount_cents)} of Aurous credit (auto-recharge)",
    )
    try:
        return gateway().create_payment(order, key=f"topup:{topup.id}")
    except CardDeclined as declined:
        if declined.payment_id is None:
            raise
        return gateway().retrieve_payment(declined.payment_id)


def _fail(topup: TopUp, code: str) -> TopUp:
    return with_accounts(lambda: payments.fail_unpaid(topup.pk, code))


def _unanswered(now: datetime) -> list[TopUp]:
    before = now - timedelta(seconds=settings.RECHARGE_RESUME_SECONDS)
    rows = TopUp.objects.filter(
        kind=TopUp.Kind.RECHARGE, status__in=_IN_FLIGHT, created_at__lt=before
    )
    rows = rows.select_related("team").order_by("created_at")
    return list(rows[: settings.STRIPE_PASS_ROWS_MAX])


def _unlinked() -> list[TopUp]:
    """Attempts whose bank wants to see the owner, and whose page is not made yet."""
    rows = TopUp.objects.filter(link_due=True).select_related("team")
    return list(rows.order_by("id")[: settings.STRIPE_PASS_ROWS_MAX])


def _link_quietly(topup: TopUp) -> None:
    try:
        link_to_pay(topup)
    except GatewayError as error:
        log.warning("recharge.no_link", topup=topup.id, kind=type(error).__name__)


def link_to_pay(topup: TopUp) -> None:
    """Mail a page on which the card's owner can pay what the bank did not let us charge.

    It is an order of its own, so that the attempt stays failed. Raises ``GatewayError``.
    """
    order = _order_to_authenticate(topup)
    page = open_page(order, topup.team, **_pages_of(order))
    with transaction.atomic(durable=True):
        row = AutoRecharge.objects.filter(pk=topup.team_id).first()
        told = {
            "amount": cents_text(topup.amount_cents),
            "link": page.url,
            "switched_off": row is not None and not row.enabled,
        }
        mark, now = f"recharge_authentication:{topup.id}", database_now(connection)
        notices.tell(topup.team_id, "recharge_authentication", told, now, mark=mark)
        TopUp.objects.filter(pk=topup.pk).update(link_due=False)


def _pages_of(order: TopUp) -> dict[str, str]:
    """Where Stripe leads back to, after paying and without it."""
    names = {"success_url": "billing-payment-done", "cancel_url": "billing-payment-left"}
    ids = [order.team_id, order.id]
    return {
        name: settings.AUROUS_PUBLIC_URL + reverse(page, args=ids) for name, page in names.items()
    }


def _order_to_authenticate(topup: TopUp) -> TopUp:
    token = f"for:{topup.id}"
    earlier = TopUp.objects.filter(token=token).first()
    return earlier or new_topup(
        topup.team_id,
        topup.amount_cents,
        TopUp.Kind.CHECKOUT,
        ordered_by=_ORDERED_BY,
        token=token,
        save_card=True,
    )
