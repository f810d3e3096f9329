"""The end of a hold: once, for good, everything that belongs to it or nothing."""

from dataclasses import replace
from datetime import timedelta

import pytest

from accounts.models import IdempotencyClaim
from billing import closing
from billing.models import HoldStatus, Transfer, UsageBucket
from billing.pricing import Cost, Tokens
from tests.billing import stage
from tests.billing.stage import (
    CREDIT,
    Closed,
    End,
    Lost,
    claim,
    close,
    held,
    kinds,
    release,
    request,
    running,
    settle,
    settling,
    standing,
    take,
)

pytestmark = pytest.mark.usefixtures("db")
FULL = 10 * CREDIT


def test_settling_charges_what_was_held(team):
    taken = running(team, tokens=7)
    assert settle(taken, team, tokens=7) == Closed(taken.id, HoldStatus.SETTLED, Cost(text=7_000))
    assert standing(team) == (FULL - 7_000, 0)
    assert stage.account(team).open_count == 0
    row = stage.row(taken.id)
    assert (row.status, row.charged, row.tokens_text) == ("settled", 7_000, 7)
    assert row.started_at <= row.ended_at


def test_settling_is_one_line_on_the_statement_that_names_the_request(team):
    taken = running(team)
    settle(taken, team)
    line = Transfer.objects.get(kind="usage")
    assert (line.debit_id, line.credit_id, line.amount) == (team.id, "revenue", 1_000)
    assert line.reference == f"inference:{taken.id}"
    assert line.request_id == stage.row(taken.id).request_id
    assert line.occurred_at == taken.created_at
    assert line.balance_after == FULL - 1_000


def test_settling_for_less_gives_the_rest_back(team):
    taken = running(team, tokens=7)
    assert settle(taken, team, tokens=2).charged.total == 2_000
    assert standing(team) == (FULL - 2_000, 0)
    row = stage.row(taken.id)
    assert (row.held, row.charged) == (7_000, 2_000)


def test_settling_for_nothing_writes_no_line(team):
    taken = running(team, tokens=7)
    assert settle(taken, team, tokens=0).charged == Cost()
    assert kinds(team) == ["grant"]
    assert stage.row(taken.id).status == "settled"


def test_each_modality_is_charged_at_its_own_price(team):
    schedule = stage.prices(10, visual=20, video=30)
    wanted = replace(request(team, prices=schedule), tokens=Tokens(9, 9, 9))
    (taken,) = take(wanted)
    stage.start([taken.id])
    end = replace(settling(taken.id, team), tokens=Tokens(1, 2, 3))
    assert close(end)[0].charged == Cost(10, 40, 90)
    bucket = UsageBucket.objects.get()
    assert (bucket.charged_text, bucket.charged_visual, bucket.charged_video) == (10, 40, 90)


def test_settling_for_more_than_was_held_does_nothing(team):
    taken = running(team, tokens=2)
    assert settle(taken, team, tokens=3) == Lost(taken.id)
    assert standing(team) == (FULL, 2_000)
    assert stage.row(taken.id).status == "running"


def test_releasing_gives_everything_back_and_charges_nothing(team):
    taken = held(team, tokens=7)
    result = release(taken, team)
    assert result == Closed(taken.id, HoldStatus.RELEASED, Cost())
    assert standing(team) == (FULL, 0)
    assert kinds(team) == ["grant"]
    assert stage.row(taken.id).error_code == "provider_timeout"


@pytest.mark.parametrize("status", [HoldStatus.RELEASED, HoldStatus.FAILED])
@pytest.mark.parametrize("make", [held, running], ids=["queued", "running"])
def test_a_request_can_be_given_up_before_and_after_its_start(team, make, status):
    taken = make(team)
    (result,) = close(End(taken.id, team.id, status, error_code="internal_error"))
    assert result == Closed(taken.id, status, Cost())
    assert (stage.row(taken.id).status, standing(team)) == (status, (FULL, 0))


def test_a_request_that_was_never_started_cannot_be_settled(team):
    taken = held(team)
    assert settle(taken, team) == Lost(taken.id)
    assert standing(team) == (FULL, 1_000)


def test_settling_twice_is_answered_the_same_and_charged_once(team):
    taken = running(team, tokens=5)
    first = settle(taken, team, tokens=3)
    assert settle(taken, team, tokens=3) == first
    assert standing(team) == (FULL - 3_000, 0)
    assert kinds(team) == ["grant", "usage"]


def test_settling_twice_in_one_batch_is_charged_once(team):
    taken = running(team, tokens=5)
    end = settling(taken.id, team, tokens=5)
    first, second = close(end, end)
    assert first == second == Closed(taken.id, HoldStatus.SETTLED, Cost(text=5_000))
    assert standing(team) == (FULL - 5_000, 0)


def test_what_is_settled_cannot_be_released(team):
    taken = running(team)
    settle(taken, team)
    assert release(taken, team) == Lost(taken.id)
    assert standing(team) == (FULL - 1_000, 0)


def test_what_is_released_cannot_be_settled_or_released_again(team):
    taken = running(team)
    release(taken, team)
    assert settle(taken, team) == Lost(taken.id)
    assert release(taken, team) == Lost(taken.id)
    assert standing(team) == (FULL, 0)


def test_an_unknown_request_is_lost(team):
    assert close(settling("emb_unknown", team)) == [Lost("emb_unknown")]


def test_up_to_the_deadline_a_result_counts_and_from_then_on_it_is_late(clock):
    team = stage.a_team(FULL)
    early, late = running(team), running(team)
    clock.set(early.deadline_at - timedelta(milliseconds=1))
    assert isinstance(settle(early, team), Closed)
    clock.set(late.deadline_at)
    assert settle(late, team) == Lost(late.id)
    assert standing(team) == (FULL - 1_000, 1_000)
    assert isinstance(release(late, team), Closed)


def test_an_exempt_request_has_real_tokens_and_no_charge(db):
    team = stage.a_team()
    taken = running(team, tokens=5, exempt=True)
    assert settle(taken, team, tokens=9).charged == Cost()
    row = stage.row(taken.id)
    assert (row.tokens_text, row.charged, row.status) == (9, 0, "settled")
    bucket = UsageBucket.objects.get()
    assert (bucket.requests, bucket.tokens_text, bucket.charged_text) == (1, 9, 0)


def test_a_batch_answers_each_request_in_its_place(team):
    other = stage.a_team(CREDIT, name="Other")
    a, b, c = running(team), held(team), running(other)
    results = close(
        settling(c.id, other),
        settling(b.id, team),  # not started
        stage.releasing(a.id, team),
        settling("emb_none", team),
    )
    assert [type(result) for result in results] == [Closed, Lost, Closed, Lost]
    assert [result.id for result in results] == [c.id, b.id, a.id, "emb_none"]


def test_requests_of_one_minute_are_one_bucket_for_each_end(clock):
    team = stage.a_team(FULL)
    for _ in range(3):
        stage.spent(team, tokens=2, user="ann")
        clock.advance(seconds=19)
    release(held(team, user="ann"), team)
    stage.spent(team, user="bob")
    clock.advance(minutes=1)
    stage.spent(team, user="ann")
    rows = UsageBucket.objects.order_by("minute", "user", "status")
    assert [(r.user, r.status, r.requests, r.charged_text) for r in rows] == [
        ("ann", "released", 1, 0),
        ("ann", "settled", 3, 6_000),
        ("bob", "settled", 1, 1_000),
        ("ann", "settled", 1, 1_000),
    ]


def test_the_answer_is_kept_only_when_the_request_was_settled(team):
    ended, given_up, late = (running(team, claim=claim(k)) for k in ("a", "b", "c"))
    keep = {"reply": lambda _: b"answer"}
    close(
        settling(ended.id, team, **keep),
        replace(stage.releasing(given_up.id, team), **keep),
        settling(late.id, team, tokens=99, **keep),  # beyond its hold
    )
    kept = dict(IdempotencyClaim.objects.values_list("key", "reply"))
    assert {key: reply and bytes(reply) for key, reply in kept.items()} == {
        "a": b"answer",
        "c": None,
    }


STEPS = ["_end_rows", "_move_credit", "_count", "_keep_answers", "_ended_before"]


@pytest.mark.parametrize("step", STEPS)
def test_a_crash_after_any_step_leaves_everything_as_it_was(team, monkeypatch, step):
    taken = running(team, claim=claim())
    whole = getattr(closing, step)

    def crash(*args, **more):
        whole(*args, **more)
        raise RuntimeError("the power went")

    with monkeypatch.context() as broken:
        broken.setattr(closing, step, crash)
        with pytest.raises(RuntimeError):
            settle(taken, team, reply=lambda _: b"answer")
    assert standing(team) == (FULL, 1_000)
    assert stage.row(taken.id).status == "running"
    assert (kinds(team), UsageBucket.objects.count()) == (["grant"], 0)
    assert isinstance(settle(taken, team, reply=lambda _: b"answer"), Closed)
