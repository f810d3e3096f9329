"""Top-ups by a person on Stripe's page: the order first, then the page, then credit once paid."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from django.conf import settings
from django.db import IntegrityError, connection, transaction

from accounts import audit
from accounts.actors import Actor
from accounts.models import Team
from aurous.kernel.clock import database_now
from aurous.kernel.errors import AurousError
from aurous.kernel.ids import new_id
from billing import payments
from billing.customers import customer_of
from billing.gateway import gateway, is_configured
from billing.gateway.base import CheckoutOrder, GatewayError, GatewayRefused
from billing.models import TopUp
from billing.topup_amounts import cents_text, checked_cents, credits_for

# Stands in the addresses that Stripe leads back to, where the order's id shall stand.
ORDER = "~order~"
R = TypeVar("R")
RETRY_AFTER_S = 5


@dataclass(frozen=True, slots=True)
class Begun:
    """An order and the page to pay it on."""

    topup: TopUp
    url: str


def begin(
    team: Team,
    amount_cents: int,
    *,
    actor: Actor,
    token: str,
    success_url: str,
    cancel_url: str,
    save_card: bool = False,
) -> Begun:
    """Order credit and get the page to pay on.

    ``token`` names the one intention of a form: sent twice, it is one order and one page.
    The addresses may have ``ORDER`` in them. ``save_card`` lets auto-recharge use the card, and is
    set by nothing but its own checkbox. Raises ``value_out_of_range``, ``team_suspended`` and
    ``provider_unavailable``; in the latter case sending the form again is safe.
    """
    require_configured()
    if team.is_suspended:
        raise AurousError("team_suspended", "A suspended team cannot buy credit. Ask the operator.")
    topup = _order(team, amount_cents, actor=actor, token=token, save_card=save_card)
    urls = {"success_url": success_url, "cancel_url": cancel_url}
    return outside(lambda: open_page(topup, team, **urls))


def require_configured() -> None:
    """Raises ``provider_unavailable`` where nobody can pay."""
    if not is_configured():
        raise AurousError("provider_unavailable", "Payments are not set up here.")


def outside(call: Callable[[], R]) -> R:
    """Run what talks to Stripe; its trouble becomes the documented 503."""
    try:
        return call()
    except GatewayError as error:
        raise AurousError(
            "provider_unavailable",
            "The payment provider did not answer as expected. Try again.",
            retry_after_s=RETRY_AFTER_S,
        ) from error


def _order(team: Team, amount_cents: int, *, actor: Actor, token: str, save_card: bool) -> TopUp:
    try:
        return _new_order(team, amount_cents, actor=actor, token=token, save_card=save_card)
    except IntegrityError:  # the form was sent twice
        earlier = TopUp.objects.filter(token=token, team=team).first()
        if earlier is None:
            raise
        return earlier


def _new_order(
    team: Team, amount_cents: int, *, actor: Actor, token: str, save_card: bool
) -> TopUp:
    checked_cents(amount_cents)
    with transaction.atomic(durable=True):
        topup = new_topup(
            team.pk,
            amount_cents,
            TopUp.Kind.CHECKOUT,
            ordered_by=actor.label,
            token=token,
            save_card=save_card,
        )
        data = {"amount": cents_text(amount_cents), "save_card": save_card}
        audit.record("topup.ordered", team=team, actor=actor, target=topup.id, data=data)
    return topup


def new_topup(team_id: str, amount_cents: int, kind: TopUp.Kind, **columns: Any) -> TopUp:
    """The row of an order; must be committed before Stripe hears of it."""
    return TopUp.objects.create(
        id=new_id("topup"),
        team_id=team_id,
        kind=kind,
        amount_cents=amount_cents,
        currency=settings.TOPUP_CURRENCY,
        credits=credits_for(amount_cents),
        created_at=database_now(connection),
        **columns,
    )


def open_page(topup: TopUp, team: Team, *, success_url: str, cancel_url: str) -> Begun:
    """The page of an order, made by the first call and found by others. Raises ``GatewayError``."""
    if topup.status != TopUp.Status.PENDING:
        raise AurousError("value_out_of_range", "This order is not open any more.", param="token")
    if topup.checkout_id is not None:
        return Begun(topup, gateway().retrieve_checkout(topup.checkout_id).url)
    order = CheckoutOrder(
        topup_id=topup.id,
        team_id=team.pk,
        customer_id=customer_of(team),
        amount_cents=topup.amount_cents,
        currency=topup.currency,
        description=f"{cents_text(topup.amount_cents)} of Aurous credit",
        save_card=topup.save_card,
        automatic_tax=settings.STRIPE_AUTOMATIC_TAX,
        success_url=success_url.replace(ORDER, topup.id),
        cancel_url=cancel_url.replace(ORDER, topup.id),
    )
    page = gateway().create_checkout(order, key=f"topup:{topup.id}")
    TopUp.objects.filter(pk=topup.pk, checkout_id=None).update(checkout_id=page.id)
    topup.checkout_id = page.id
    return Begun(topup, page.url)


def fulfil(topup_id: str) -> TopUp:
    """Look whether an order has been paid, and credit it if so. The page that a customer comes
    back to calls this; the redirect alone says nothing. Raises ``provider_unavailable``.
    """
    return outside(lambda: payments.refresh(topup_id))


def cancel(topup: TopUp) -> TopUp:
    """Close the page of an order that nobody shall pay on any more. Paid money still counts."""
    if topup.checkout_id is not None and topup.status == TopUp.Status.PENDING:
        outside(lambda: _close_page(str(topup.checkout_id)))
    return fulfil(topup.pk)


def _close_page(checkout_id: str) -> None:
    try:
        gateway().expire_checkout(checkout_id)
    except GatewayRefused:
        return  # it is complete or has expired: what it is now is read next
