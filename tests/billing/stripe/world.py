"""A team, a local Stripe, and what happens between them, in words."""

import itertools
import json

from django.db import transaction
from django.db.models import Sum

from accounts import members
from accounts.models import Role
from billing import payments, recharge_settings, stripe_inbox, topups
from billing.gateway.client import StripeGateway
from billing.gateway.local import checkouts, outgoing
from billing.gateway.local.service import LocalStripe
from billing.models import Debt, Reversal, StripeCustomer, TopUp, Transfer
from tests.billing import stage
from tests.billing.stripe.transport import InProcess
from tests.cast import NOBODY, person

SECRET = "whsec_of_the_tests"
VISA = "4242424242424242"
DECLINES = "4000000000000002"
DECLINES_LATER = "4000000000000341"
ASKS = "4000002500003155"
ASKS_ALWAYS = "4000002760003184"
URLS = {"success_url": "https://example.com/done", "cancel_url": "https://example.com/back"}
_tokens = itertools.count(1)


class World:
    """Everything on the other side. ``clock`` is Stripe's, in seconds."""

    def __init__(self, **more) -> None:
        self.local = LocalStripe(base="https://pay.example", **more)
        self.transport = InProcess(self.local)
        self.gateway = StripeGateway("sk_test_local", retries_max=0, http_client=self.transport)

    @property
    def store(self):
        return self.local.store

    def control(self, name, **body):
        status, answer = self.local.answer("POST", f"/control/{name}", json.dumps(body))
        assert status == 200, answer
        return answer

    # --- people --------------------------------------------------------------------------
    def order(self, team, cents=1_000, **more):
        token = more.pop("token", f"t-{next(_tokens)}")
        return topups.begin(team, cents, actor=NOBODY, token=token, **URLS, **more).topup

    def pay(self, topup, card=VISA):
        return self.control("checkouts/pay", checkout=topup.checkout_id, card=card)["result"]

    def answer_bank(self, topup, *, agreed):
        session = self.store.get("checkout.session", topup.checkout_id)
        return checkouts.authenticate(self.store, session, agreed=agreed)

    def bought(self, team, cents=1_000, **more):
        """A top-up all the way to its credit."""
        topup = self.order(team, cents, **more)
        assert self.pay(topup) == "paid"
        return payments.refresh(topup.pk)

    def with_card(self, team, card=VISA, cents=1_000):
        """A team that let us keep a card."""
        topup = self.order(team, cents, save_card=True)
        result = self.pay(topup, card)
        if result == "asks":
            self.answer_bank(topup, agreed=True)
        topup = payments.refresh(topup.pk)
        assert topup.status == "succeeded"
        assert StripeCustomer.objects.get(team=team).payment_method_id
        return topup

    def recharging(self, team, **more):
        wanted = {
            "enabled": True,
            "threshold": 5_000 * stage.CREDIT,
            "amount_cents": 2_000,
            "monthly_cap_cents": 10_000,
        }
        return recharge_settings.configure(team, actor=NOBODY, **(wanted | more))

    # --- messages ------------------------------------------------------------------------
    def waiting(self):
        """The events that have not been told, oldest first."""
        ids, self.store.data["outgoing"] = self.store.data["outgoing"], []
        return ids

    def message(self, event_id):
        return outgoing.message(self.store, event_id, SECRET)

    def deliver(self, *event_ids):
        """Webhooks arrive, and are worked on."""
        for event_id in event_ids:
            stripe_inbox.receive(*self.message(event_id))
            stripe_inbox.run_pass()


def an_owner(team, email):
    owner = person(email)
    with transaction.atomic():
        members.add(team, owner, Role.OWNER, actor=NOBODY)
    return owner


def books(team):
    """Where a team's money stands, in a form that does not depend on the way there."""
    reversals = Reversal.objects.filter(topup__team=team)
    return {
        "standing": stage.standing(team),
        "topups": sorted(TopUp.objects.filter(team=team).values_list("status", "credits")),
        "effects": sorted(reversals.values_list("stripe_id", "effect")),
        "debt": debt(team),
        "moved": net(team),
    }


def debt(team):
    return Debt.objects.filter(team=team).aggregate(n=Sum("remaining"))["n"] or 0


def net(team):
    """What each kind of transfer has added."""
    found = {}
    for line in Transfer.objects.filter(account_id=team.pk):
        found[line.kind] = found.get(line.kind, 0) + line.signed_nano
    return {kind: amount for kind, amount in found.items() if amount}
