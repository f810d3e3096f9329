"""A charge whose answer never reached its caller is made good, once."""

from billing.invariants import prove
from billing.lost_replies import make_good
from billing.models import Transfer
from tests.billing import stage


def clean() -> bool:
    return not [f for f in prove() if f.differences]


def test_a_lost_answer_without_a_key_gives_the_charge_back(db):
    team = stage.a_team(100 * stage.PRICE)
    taken = stage.spent(team, 7)
    assert make_good(taken.id) is None
    assert stage.standing(team) == (100 * stage.PRICE, 0)
    line = Transfer.objects.get(reference=f"lost_reply:{taken.id}")
    assert (line.kind, line.signed_nano) == ("refund", 7 * stage.PRICE)
    assert clean()


def test_giving_back_twice_gives_back_once(db):
    team = stage.a_team(100 * stage.PRICE)
    taken = stage.spent(team, 7)
    make_good(taken.id)
    make_good(taken.id)
    assert stage.standing(team) == (100 * stage.PRICE, 0)
    assert clean()


def test_with_a_key_the_stored_answer_is_given_and_the_charge_stays(db):
    team = stage.a_team(100 * stage.PRICE)
    taken = stage.spent(team, 7, claim=stage.claim())
    assert make_good(taken.id) == b"reply"
    assert stage.standing(team) == (93 * stage.PRICE, 0)
    assert clean()


def test_a_request_that_was_released_gets_nothing(db):
    team = stage.a_team(100 * stage.PRICE)
    taken = stage.running(team, 7)
    stage.release(taken, team)
    assert make_good(taken.id) is None
    assert stage.standing(team) == (100 * stage.PRICE, 0)
    assert not Transfer.objects.filter(kind="refund").exists()
