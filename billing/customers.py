"""A team as Stripe knows it: its customer, made once, and the card that auto-recharge may use."""

import hashlib

from django.db import transaction

from accounts import audit
from accounts.actors import Actor
from accounts.models import Team
from billing.gateway import gateway
from billing.models import StripeCustomer
from billing.notices import recipients


def customer_of(team: Team) -> str:
    """The id of the team's customer; made at the first need. Raises ``GatewayError``.

    Two that come at once, or a call without an answer, get the same one: the key is the team's.
    """
    row, _ = StripeCustomer.objects.get_or_create(team=team)
    if row.customer_id is None:
        email = next(iter(recipients(team.pk)), "")
        details = hashlib.sha256(f"{team.name}\n{email}".encode()).hexdigest()[:16]
        made = gateway().create_customer(
            team_id=team.pk, name=team.name, email=email, key=f"customer:{team.pk}:{details}"
        )
        StripeCustomer.objects.filter(pk=team.pk, customer_id=None).update(customer_id=made)
        row.refresh_from_db()
    return str(row.customer_id)


def keep_card(team_id: str, payment_method_id: str) -> None:
    """Remember what the team paid with, since it let us."""
    StripeCustomer.objects.filter(pk=team_id).update(payment_method_id=payment_method_id)


def forget_card(team_id: str) -> None:
    """Pay with nothing any more until somebody lets us keep a card again."""
    StripeCustomer.objects.filter(pk=team_id).update(payment_method_id="")


def take_card_back(team: Team, *, actor: Actor) -> None:
    """Somebody of the team wants no card kept any more. Auto-recharge waits for another one."""
    with transaction.atomic(durable=True):
        kept = StripeCustomer.objects.filter(pk=team.pk).exclude(payment_method_id="")
        if kept.update(payment_method_id=""):
            audit.record("card.forgotten", team=team, actor=actor, target=team.pk)


def portal_url(team: Team, return_url: str) -> str:
    """Where the team sees receipts, invoices and cards at Stripe. Raises ``GatewayError``."""
    return gateway().create_portal(customer_of(team), return_url)
