"""Eleven hundred random money stories (money.md section 4), each step compared with the model."""

from datetime import UTC, datetime

import pytest
from django.db import connection
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from billing import gateway
from tests.billing.machine import MoneyMachine
from tests.billing.paying_machine import PayingMachine
from tests.billing.stage import a_team
from tests.billing.stripe.world import SECRET

STEPS = 25


class MonthEnd(MoneyMachine):
    """Credit of every lifetime, limits of every span, across the end of a month."""


class ShortLived(MoneyMachine):
    """Nearly all credit expires while requests run."""

    begins = datetime(2026, 6, 15, 12, tzinfo=UTC)
    lifetimes = (4, 9, 25, None)
    limits = {"total": 30_000}


class Tight(MoneyMachine):
    """One key may spend nearly nothing, and one team pays nothing."""

    begins = datetime(2028, 2, 28, 23, 59, 50, tzinfo=UTC)
    limits = {"day": 2_000, "month": 3_000}
    exempt = True


class Lasting(MoneyMachine):
    """No credit expires; the order is that of priorities, kinds and age."""

    begins = datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC)
    lifetimes = (None,)
    limits = {}


class Paying(PayingMachine):
    """Credit is also bought, refunded, disputed and owed."""

    begins = datetime(2026, 9, 30, 23, 30, tzinfo=UTC)
    limits = {}


# On SQLite all 1,130; PostgreSQL, where each step takes longer, has the same stories in small. One
# that also buys takes as long as six others.
STORIES = 270 if connection.vendor == "sqlite" else 48
STORIES_PAYING = 50 if connection.vendor == "sqlite" else 10


@pytest.fixture
def a_stripe(settings, monkeypatch):
    """Makes a local Stripe the one that is asked; every story has a new one."""
    settings.STRIPE_SECRET_KEY = "sk_test_local"
    settings.STRIPE_WEBHOOK_SECRETS = [SECRET]

    def install(world):
        monkeypatch.setattr(gateway, "_gateway", lambda *_: world.gateway)

    return staticmethod(install)


@pytest.mark.parametrize("machine", [MonthEnd, ShortLived, Tight, Lasting, Paying])
def test_no_story_of_any_order_leads_the_books_astray(clock, machine, a_stripe):
    machine.install = a_stripe
    machine.clock = clock
    machine.teams = [a_team(name="One"), a_team(name="Two")]
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=STORIES_PAYING if machine is Paying else STORIES,
            stateful_step_count=STEPS,
            suppress_health_check=list(HealthCheck),
        ),
    )
