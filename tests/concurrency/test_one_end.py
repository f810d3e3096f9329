"""Settlement, release and the reaper race for the same requests: each ends once."""

from functools import partial

import pytest

from billing.closing import Closed, Lost
from billing.models import HoldStatus
from billing.reaper import reap
from billing.starting import start
from tests.billing import stage
from tests.concurrency.crowd import at_once, of_kind

REQUESTS = 12
pytestmark = pytest.mark.django_db(transaction=True)


def running(team):
    taken = [stage.held(team) for _ in range(REQUESTS)]
    start([one.id for one in taken])
    return taken


def test_a_request_that_is_settled_and_released_at_once_ends_one_way():
    team = stage.a_team(REQUESTS * stage.PRICE)
    taken = running(team)
    calls = []
    for one in taken:
        calls += [partial(stage.settle, one, team), partial(stage.release, one, team)]
    answers = at_once(calls)
    for one, settled, released in zip(taken, answers[::2], answers[1::2], strict=True):
        assert {type(settled), type(released)} == {Closed, Lost}
        charged = stage.row(one.id).status == HoldStatus.SETTLED
        assert charged == isinstance(settled, Closed)
    assert stage.standing(team)[1] == 0
    assert stage.complaints() == {}


def test_two_settlements_of_one_request_charge_once_and_answer_the_same():
    team = stage.a_team(REQUESTS * stage.PRICE)
    taken = running(team)
    answers = at_once([partial(stage.settle, one, team) for one in taken for _ in range(2)])
    assert len(of_kind(answers, Closed)) == 2 * REQUESTS
    assert stage.standing(team) == (0, 0)
    assert stage.complaints() == {}


def test_several_reapers_and_a_late_settlement_leave_each_request_released_once():
    team = stage.a_team(REQUESTS * stage.PRICE)
    taken = running(team)
    stage.sql("UPDATE embeddings_inference SET deadline_at = '2026-01-01 00:00:00'")
    settle_all = partial(stage.close, *[stage.settling(one.id, team) for one in taken])
    answers = at_once([reap, reap, reap, settle_all])
    assert sum(reaped.holds for reaped in answers[:3]) == REQUESTS
    assert of_kind(answers[3], Lost) == answers[3]
    assert stage.standing(team) == (REQUESTS * stage.PRICE, 0)
    assert stage.complaints() == {}


def test_two_deliveries_of_a_group_start_each_request_once():
    team = stage.a_team(REQUESTS * stage.PRICE)
    ids = [stage.held(team).id for _ in range(REQUESTS)]
    answers = at_once([partial(start, ids), partial(start, ids[::-1])])
    started = [id_ for answer in answers for id_ in answer.seconds_left]
    assert sorted(started) == sorted(ids)
