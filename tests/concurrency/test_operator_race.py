"""Two who approve at once, and one who sends two forms at once, do it once and stay in the limit.

The control tests take away what prevents it and show that the race is real: if they fail, the
others prove nothing.
"""

import threading
from functools import partial

import pytest
from django.db import IntegrityError, connection

from billing import alone, approvals, corrections, operator_acts
from billing.approvals import CannotDecide
from billing.models import OperatorAct, Reversal
from billing.operator_acts import BackOrder, CreditOrder
from tests.billing import stage
from tests.billing.stage import CREDIT
from tests.cast import person
from tests.concurrency.crowd import at_once, of_kind

REASON = "Credit for the outage of May"
CROWD = 6
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ola(settings):
    settings.CORRECTION_CREDITS_ALONE_MAX = 100
    return person("ola@aurous.example")


@pytest.fixture
def others():
    return [person(f"pia{number}@aurous.example") for number in range(CROWD)]


@pytest.fixture
def asked(ola):
    team = stage.a_team(CREDIT)
    act = operator_acts.credit(CreditOrder(team, 101 * CREDIT, REASON, "t-1"), ola)
    assert act.state == "pending"
    return act


def teams():
    return [stage.a_team(name=f"Team {number}") for number in range(CROWD)]


def small_ones(ola, made):
    """As many forms as there are teams, each within the limit and together far beyond it."""
    return [
        partial(operator_acts.credit, CreditOrder(team, 60 * CREDIT, REASON, f"s-{n}"), ola)
        for n, team in enumerate(made)
    ]


@pytest.fixture
def look_then_write(monkeypatch):
    """Deciding without compare-and-swap: everybody has looked before anybody writes."""
    gate = threading.Barrier(CROWD)
    booked = []

    def decide(act, state, by, now, answer):
        was = OperatorAct.objects.values_list("state", flat=True).get(pk=act.pk)
        if connection.vendor == "postgresql":
            gate.wait(20)
        act.state = state
        return was == OperatorAct.State.PENDING

    def book(books, correction):
        booked.append(correction.token)
        _book(books, correction)

    _book = corrections.book
    monkeypatch.setattr(approvals, "_decide", decide)
    monkeypatch.setattr(corrections, "book", book)
    return booked


@pytest.mark.postgres
def test_without_compare_and_swap_everybody_goes_on_to_book(
    asked, others, look_then_write, monkeypatch
):
    """The account's lock is off too: what is left is the ledger's own unique reference."""
    monkeypatch.setattr("billing.ledger.lock_rows", _read_rows)
    answers = at_once([partial(approvals.approve, asked.id, one) for one in others])
    assert look_then_write.count("t-1") == CROWD
    assert len(of_kind(answers, OperatorAct)) == 1
    assert {type(one) for one in of_kind(answers, Exception)} == {IntegrityError}


def _read_rows(model, ids, columns):
    marks = ", ".join(["%s"] * len(ids))
    with connection.cursor() as cursor:
        table = model._meta.db_table
        cursor.execute(
            f"SELECT {', '.join(columns)} FROM {table} WHERE id IN ({marks})", sorted(ids)
        )
        return cursor.fetchall()


def test_many_who_approve_at_once_book_it_once(asked, others):
    answers = at_once([partial(approvals.approve, asked.id, one) for one in others])
    assert len(of_kind(answers, OperatorAct)) == 1
    assert len(of_kind(answers, CannotDecide)) == CROWD - 1
    assert stage.standing(asked.team) == (102 * CREDIT, 0)
    assert stage.kinds(asked.team) == ["grant", "adjustment"]
    assert stage.complaints() == {}


def test_approval_refusal_and_withdrawal_at_once_end_in_one_of_them(asked, others, ola):
    calls = [
        partial(approvals.approve, asked.id, others[0]),
        partial(approvals.refuse, asked.id, others[1], "There was no outage"),
        partial(approvals.withdraw, asked.id, ola),
    ]
    answers = at_once(calls)
    assert len(of_kind(answers, OperatorAct)) == 1
    asked.refresh_from_db()
    moved = stage.standing(asked.team)[0] == 102 * CREDIT
    assert moved is (asked.state == "approved")
    assert stage.complaints() == {}


@pytest.mark.postgres
def test_without_the_lock_on_the_operator_small_ones_go_beyond_the_limit(ola, monkeypatch):
    gate = threading.Barrier(CROWD)
    left_nano = alone.left_nano

    def everybody_looks_first(operator, now):
        found = left_nano(operator, now)
        gate.wait(20)
        return found

    monkeypatch.setattr(alone, "lock_operator", lambda _operator: None)
    monkeypatch.setattr(alone, "left_nano", everybody_looks_first)
    made = teams()
    at_once(small_ones(ola, made))
    assert sum(stage.standing(team)[0] for team in made) == CROWD * 60 * CREDIT


def test_small_ones_at_once_stay_within_the_limit(ola):
    made = teams()
    answers = at_once(small_ones(ola, made))
    states = sorted(act.state for act in of_kind(answers, OperatorAct))
    assert states == ["done"] + ["pending"] * (CROWD - 1)
    assert sum(stage.standing(team)[0] for team in made) == 60 * CREDIT
    assert stage.complaints() == {}


@pytest.mark.parametrize("amount", [50, 500])
def test_a_form_that_is_sent_many_times_at_once_is_one_act(ola, amount):
    team = stage.a_team()
    order = CreditOrder(team, amount * CREDIT, REASON, "t-1")
    answers = at_once([partial(operator_acts.credit, order, ola)] * CROWD)
    assert len({act.id for act in of_kind(answers, OperatorAct)}) == 1
    assert len(of_kind(answers, OperatorAct)) == CROWD
    assert stage.standing(team)[0] == (50 * CREDIT if amount == 50 else 0)


def test_a_refund_that_is_sent_many_times_at_once_is_one(ola, world):
    team = stage.a_team()
    topup = world.bought(team)
    order = BackOrder(topup, 400, REASON, "t-1")
    at_once([partial(operator_acts.refund, order, ola)] * CROWD)
    row = Reversal.objects.get()
    assert (row.amount_cents, row.stripe_status) == (400, "succeeded")
    assert stage.standing(team) == (600 * CREDIT, 0)
    assert stage.complaints() == {}
