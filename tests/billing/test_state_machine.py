"""Twelve hundred random money stories (money.md section 4), each step compared with the model."""

from datetime import UTC, datetime

import pytest
from django.db import connection
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.billing.machine import MoneyMachine
from tests.billing.stage import a_team

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


# On SQLite all 1,200; PostgreSQL, where each step takes longer, has the same stories in small.
STORIES = 300 if connection.vendor == "sqlite" else 50


@pytest.mark.parametrize("machine", [MonthEnd, ShortLived, Tight, Lasting])
def test_no_story_of_any_order_leads_the_books_astray(clock, machine):
    machine.clock = clock
    machine.teams = [a_team(name="One"), a_team(name="Two")]
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=STORIES,
            stateful_step_count=STEPS,
            suppress_health_check=list(HealthCheck),
        ),
    )
