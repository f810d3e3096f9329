"""An operator at the keyboard, and a team in which everything has happened once."""

from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.db.models import F
from django.urls import reverse

from accounts import visits
from accounts.models import IdempotencyClaim, User
from billing import (
    gateway,
    operator_acts,
    payment_exceptions,
    prices,
    promo_codes,
    proofs,
    reconcile_runs,
    refunds,
    stripe_sweep,
)
from billing.ledger import open_account
from billing.models import Account, HoldStatus, PaymentException
from billing.operator_acts import CreditOrder
from billing.refunds import RefundOrder
from billing.webhooks import endpoints
from billing.webhooks.deliverer import deliver_one
from billing.webhooks.dispatch import dispatch
from billing.webhooks.manual import send_test
from billing.webhooks.sending import Answer
from embeddings import catalog, model_load
from tests.admin.workers import Runtime, Transport
from tests.billing import stage
from tests.billing.stripe.world import SECRET, World
from tests.cast import PASSWORD, Cast, make_cast

MARK = "amara@customer.example"  # what a customer calls its own user: shown nowhere


@dataclass
class Happened:
    """One team with a row in every table, and what may stand on no page."""

    cast: Cast
    key_text: str
    key_id: str
    digest: str
    inference_id: str
    request_id: str
    secrets: list[str]


@pytest.fixture(autouse=True)
def nothing_remembered():
    cache.clear()  # how often somebody showed their password
    prices.forget()
    catalog.forget()
    yield
    prices.forget()
    catalog.forget()


@pytest.fixture(autouse=True)
def transport(monkeypatch) -> Transport:
    runtime = Runtime()
    monkeypatch.setattr(model_load, "runtime", lambda: runtime)
    return runtime.transport


def staged() -> Cast:
    """The usual people and their teams, which can have credit."""
    made = make_cast()
    for team in (made.acme, made.cleos):
        open_account(team.id)
    return made


@pytest.fixture
def cast(db) -> Cast:
    return staged()


@pytest.fixture
def happened(cast, monkeypatch) -> Happened:
    return everything_happened(cast, monkeypatch)


def everything_happened(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Happened:
    """Credit was given and a request with an idempotency key was charged 1.234 credits."""
    stage.grant(cast.acme, 2_000_000 * stage.CREDIT)
    stage.grant(cast.acme, 50 * stage.CREDIT, effective_at=stage.now() + timedelta(days=9))
    made = cast.new_key()
    secret = made.api_key.secrets.get()
    taken = stage.spent(
        cast.acme,
        1_234_000,
        api_key_id=made.api_key.id,
        user=MARK,
        claim=stage.claim("order-17", fingerprint="0badf00d" * 8),
    )
    row = stage.row(taken.id)
    assert row.status == HoldStatus.SETTLED
    reply = bytes(IdempotencyClaim.objects.get().reply)
    hidden = [made.text, secret.digest, "0badf00d", MARK, repr(reply), reply.hex()]
    hidden += webhook_was_sent(cast.acme)
    hidden += money_went_both_ways(cast.cleos, monkeypatch)
    proofs.ask(stage.NOBODY)
    visits.ask(cast.acme.id, "Something to see", by=operator())
    return Happened(cast, made.text, made.api_key.id, secret.digest, row.id, row.request_id, hidden)


def money_went_both_ways(team, monkeypatch) -> list[str]:
    """Credit was bought with a kept card, refunded after it was spent; a code was used."""
    world = World()
    with monkeypatch.context() as patch:
        patch.setattr(settings, "STRIPE_SECRET_KEY", "sk_test_local")
        patch.setattr(settings, "STRIPE_WEBHOOK_SECRETS", [SECRET])
        patch.setattr(gateway, "_gateway", lambda *_: world.gateway)
        topup = world.with_card(team)
        world.recharging(team, enabled=False)
        owe = Account.objects.filter(pk=team.pk)
        owe.update(floor=F("posted"))  # as if all of it were spent
        refunds.refund(RefundOrder(topup, 500, "asked for it", stage.NOBODY, "token-of-acme"))
        owe.update(floor=0)
        refunds.refund(RefundOrder(topup, 100, "asked for it", stage.NOBODY, "another-token"))
        world.deliver(*world.waiting())
        stripe_sweep.sweep()
        reconcile_runs.ask(1, actor=stage.NOBODY, token="token-of-a-run")
    operator_acts.credit(CreditOrder(team, 1, "Something to see", "token-of-an-act"), operator())
    asked = CreditOrder(team, 20_000 * stage.CREDIT, "More than one may", "token-of-a-request")
    operator_acts.credit(asked, operator())
    with transaction.atomic():
        kind = PaymentException.Kind.MISMATCH
        payment_exceptions.file(kind, topup.pk, "for the list", stage.now(), team_id=team.pk)
    promo_codes.create("WELCOME", 1, actor=stage.NOBODY)
    promo_codes.redeem(team, "WELCOME", actor=stage.NOBODY)
    customer = world.store.get("customer", team.stripe_customer.customer_id)
    return [
        "token-of-acme",
        "token-of-a-run",
        "client_secret",
        "billing_details",
        customer["invoice_prefix"],
    ]


def operator() -> User:
    """Somebody who has given credit."""
    known = User.objects.filter(email="ola@aurous.example").first()
    return known or User.objects.create_superuser("ola@aurous.example", PASSWORD)


def webhook_was_sent(team) -> list[str]:
    """A test event was delivered; what of it may stand on no page."""
    url = "https://hooks.acme.example/in/path-of-acme?token=query-of-acme"
    made = endpoints.create(team.id, url=url, events=["*"], actor=stage.NOBODY)
    send_test(team.id, made.endpoint.id)
    assert deliver_one(lambda _: Answer(200, "answer-of-acme"))
    dispatch()
    salt = made.endpoint.secrets.get().salt
    return [made.text, salt, "path-of-acme", "query-of-acme", "answer-of-acme"]


@pytest.fixture
def boss(db) -> User:
    return User.objects.create_superuser("boss@aurous.example", PASSWORD)


@pytest.fixture
def desk(client, boss):
    """The browser of an operator who may do everything."""
    client.force_login(boss)
    return client


def url(model, view="changelist", *arguments):
    """The address of an admin page of a model class."""
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}_{view}"
    return reverse(name, args=arguments)


@pytest.fixture
def world(settings, monkeypatch) -> World:
    """A Stripe of our own."""
    settings.STRIPE_SECRET_KEY = "sk_test_local"
    settings.STRIPE_WEBHOOK_SECRETS = [SECRET]
    made = World()
    monkeypatch.setattr(gateway, "_gateway", lambda *_: made.gateway)
    return made
