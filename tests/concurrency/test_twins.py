"""The same idempotency key from many callers at once: one effect."""

import pytest
from django.db import IntegrityError

from aurous.kernel.errors import AurousError
from billing.holds import Taken
from billing.idempotency import Claims, Replay
from billing.models import Transfer
from tests.billing import stage
from tests.concurrency.crowd import at_once, of_kind

TWINS = 20
pytestmark = pytest.mark.django_db(transaction=True)


def twins(team):
    calls = [lambda: stage.take(stage.request(team, claim=stage.claim("twin")))] * TWINS
    return [o[0] if isinstance(o, list) else o for o in at_once(calls)]


def test_one_of_twenty_twins_is_let_in_and_the_others_hear_that_it_runs():
    team = stage.a_team(100 * stage.PRICE)
    outcomes = twins(team)
    assert len(of_kind(outcomes, Taken)) == 1
    errors = of_kind(outcomes, AurousError)
    assert [(e.code, e.retry_after_s) for e in errors] == [("idempotency_key_in_use", 1)] * 19
    assert stage.complaints() == {}


def test_after_the_first_one_ended_all_twins_get_its_answer_and_nothing_is_charged_again():
    team = stage.a_team(100 * stage.PRICE)
    stage.spent(team, claim=stage.claim("twin"))
    outcomes = twins(team)
    assert [o.reply for o in of_kind(outcomes, Replay)] == [b"reply"] * TWINS
    assert Transfer.objects.filter(kind="usage").count() == 1
    assert stage.complaints() == {}


def test_without_looking_the_key_up_the_database_still_lets_one_key_have_one_claim(monkeypatch):
    """The unique key is the last word: whoever goes round the look-up is refused by it."""
    team = stage.a_team(100 * stage.PRICE)
    monkeypatch.setattr(Claims, "replay", lambda *_: None)
    outcomes = twins(team)
    assert len(of_kind(outcomes, Taken)) == 1
    assert len(of_kind(outcomes, IntegrityError)) == TWINS - 1
    rows = stage.sql("SELECT COUNT(*) FROM accounts_idempotencyclaim WHERE key = 'twin'")
    assert rows == [(1,)]
    assert stage.complaints() == {}
