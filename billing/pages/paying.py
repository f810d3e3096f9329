"""What every page about paying tells: whether one can pay here, and whether it is play money."""

import hashlib
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from accounts.models import Team
from billing.gateway import is_configured, is_play_money
from billing.topups import ORDER


def paying() -> dict[str, Any]:
    """For templates: ``payable``, ``play_money``, ``taxed``."""
    return {
        "payable": is_configured(),
        "play_money": is_play_money(),
        "taxed": settings.STRIPE_AUTOMATIC_TAX,
    }


def ways_back(request: HttpRequest, team: Team) -> dict[str, str]:
    """Where Stripe leads to after paying and without it, with a place for the order's id."""

    def address(name: str) -> str:
        return request.build_absolute_uri(reverse(name, args=[team.id, ORDER]))

    return {
        "success_url": address("billing-payment-done"),
        "cancel_url": address("billing-payment-left"),
    }


def intention(team: Team, once: str, cents: int, *, save_card: bool) -> str:
    """The token of an order: the same form with the same content is the same order, and a form
    that comes back from the browser's history with another amount is another one.
    """
    said = "\n".join((team.id, once, str(cents), str(save_card)))
    return hashlib.sha256(said.encode()).hexdigest()
