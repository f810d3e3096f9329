"""One key, one effect, the same answer again (contract section 5), as holds see it."""

import pytest

from accounts.claims import ABANDONED_AFTER_SECONDS
from accounts.models import IdempotencyClaim
from billing import idempotency
from billing.holds import Replay, Taken
from tests.billing import stage
from tests.billing.stage import (
    Closed,
    claim,
    grant,
    held,
    refused,
    release,
    request,
    running,
    settle,
    settling,
    spent,
    take,
)

pytestmark = pytest.mark.usefixtures("db")


def test_a_finished_request_is_answered_from_its_key(team):
    spent(team, claim=claim())
    posted = stage.standing(team)
    assert take(request(team, claim=claim())) == [Replay(b"reply")]
    assert stage.standing(team) == posted
    assert stage.sql("SELECT COUNT(*) FROM embeddings_inference") == [(1,)]


def test_the_answer_is_kept_byte_for_byte(team):
    reply = bytes(range(256)) * 7
    settle(running(team, claim=claim()), team, reply=lambda _: reply)
    assert take(request(team, claim=claim())) == [Replay(reply)]


def test_the_answer_is_made_from_what_was_charged(team):
    taken = running(team, tokens=5, claim=claim())
    settle(taken, team, tokens=3, reply=lambda charged: str(charged.text).encode())
    assert take(request(team, claim=claim())) == [Replay(b"3000")]


def test_while_the_first_one_runs_the_second_is_told_to_come_back(team):
    held(team, claim=claim())
    error = refused(team, claim=claim())
    assert (error.code, error.status, error.retry_after_s) == ("idempotency_key_in_use", 409, 1)
    assert "still running" in error.message
    assert stage.account(team).open_count == 1


def test_two_with_one_key_in_one_batch_are_one_request(team):
    outcomes = take(request(team, claim=claim()), request(team, claim=claim()))
    assert isinstance(outcomes[0], Taken)
    assert outcomes[1].code == "idempotency_key_in_use"


OTHERS = {
    "with another body": {"fingerprint": "e" * 64},
    "for another route (POST /v1/embeddings)": {"fingerprint": "e" * 64, "path": "/v1/keys"},
    "under another API version (2026-05-15, now 2026-11-01)": {
        "fingerprint": "e" * 64,
        "version": "2026-11-01",
    },
}


@pytest.mark.parametrize("ended", [False, True], ids=["running", "ended"])
@pytest.mark.parametrize("what", OTHERS)
def test_the_same_key_is_refused(team, what, ended):
    if ended:
        spent(team, claim=claim())
    else:
        held(team, claim=claim())
    error = refused(team, claim=claim(**OTHERS[what]))
    assert error.code == "idempotency_key_in_use"
    assert f"was used {what}." in error.message
    assert error.retry_after_s is None  # waiting does not help


def test_another_method_is_another_route(team):
    held(team, claim=claim())
    error = refused(team, claim=claim(fingerprint="e" * 64, method="PATCH"))
    assert "another route (POST /v1/embeddings)" in error.message


def test_a_released_request_frees_its_key(team):
    release(held(team, claim=claim()), team)
    assert not IdempotencyClaim.objects.exists()
    spent(team, claim=claim())


def test_after_a_402_and_a_top_up_the_same_key_runs(db):
    team = stage.a_team()
    assert refused(team, claim=claim()).code == "balance_too_low"
    grant(team, 1_000)
    spent(team, claim=claim())
    assert take(request(team, claim=claim())) == [Replay(b"reply")]


def test_a_replay_needs_no_credit(db):
    team = stage.a_team(1_000)
    spent(team, claim=claim())
    assert stage.standing(team) == (0, 0)
    assert take(request(team, claim=claim())) == [Replay(b"reply")]


def test_keys_of_two_teams_have_nothing_to_do_with_each_other(team):
    other = stage.a_team(stage.CREDIT, name="Other")
    spent(team, claim=claim())
    assert isinstance(take(request(other, claim=claim()))[0], Taken)


def test_keys_are_told_apart_by_every_character(team):
    for key in ("a", "A", "a ", "á", "a\u0301", "%", "a" * 255):
        held(team, claim=claim(key))
    assert stage.account(team).open_count == 7


def test_the_answer_is_repeated_until_a_day_after_its_completion(clock):
    team = stage.a_team(stage.CREDIT)
    taken = running(team, claim=claim())
    clock.advance(seconds=20)
    settle(taken, team, reply=lambda _: b"first")
    clock.advance(hours=24, milliseconds=-1)
    assert take(request(team, claim=claim())) == [Replay(b"first")]
    clock.advance(milliseconds=1)
    assert isinstance(take(request(team, claim=claim()))[0], Taken)


def test_a_lapsed_key_is_taken_over_whatever_it_was_used_for(clock):
    team = stage.a_team(stage.CREDIT)
    spent(team, claim=claim())
    clock.advance(hours=24)
    other = claim(fingerprint="e" * 64)
    taken = running(team, claim=other)
    kept = IdempotencyClaim.objects.get()
    assert (kept.hold_id, kept.reply, kept.completed_at) == (taken.id, None, None)
    assert kept.fingerprint == other.fingerprint
    assert refused(team, claim=other).code == "idempotency_key_in_use"
    settle(taken, team, reply=lambda _: b"second")
    assert take(request(team, claim=other)) == [Replay(b"second")]


def test_a_release_of_the_new_request_does_not_bring_the_old_answer_back(clock):
    team = stage.a_team(stage.CREDIT)
    spent(team, claim=claim())
    clock.advance(hours=24)
    release(held(team, claim=claim()), team)
    assert not IdempotencyClaim.objects.exists()


def test_a_running_key_does_not_lapse(clock):
    team = stage.a_team(stage.CREDIT)
    taken = held(team, claim=claim(), deadline_s=9e5)
    clock.advance(hours=30)
    assert refused(team, claim=claim()).retry_after_s == 1
    release(taken, team)


def test_one_answer_among_many_goes_to_its_own_key(team):
    runs = [running(team, claim=claim(f"k-{n}")) for n in range(5)]
    ends = [
        settling(taken.id, team, reply=lambda _, n=n: f"reply {n}".encode())
        for n, taken in enumerate(runs)
    ]
    assert all(isinstance(result, Closed) for result in stage.close(*reversed(ends)))
    replies = take(*(request(team, claim=claim(f"k-{n}")) for n in range(5)))
    assert replies == [Replay(f"reply {n}".encode()) for n in range(5)]


def test_an_exempt_team_has_its_answers_repeated_too(db):
    team = stage.a_team()
    spent(team, claim=claim(), exempt=True)
    assert take(request(team, claim=claim(), exempt=True)) == [Replay(b"reply")]


def test_a_key_that_another_route_has_is_refused_to_a_hold(clock):
    team = stage.a_team(stage.CREDIT)
    stage.claimed_elsewhere(team, created_at=clock.now)
    error = refused(team, claim=claim(fingerprint="e" * 64))
    assert "for another route (POST /v1/keys)" in error.message
    stage.claimed_elsewhere(team, "done", created_at=clock.now, completed_at=clock.now)
    assert "another route" in refused(team, claim=claim("done", fingerprint="e" * 64)).message


@pytest.mark.parametrize("ended", [False, True], ids=["left behind", "answered"])
def test_a_hold_takes_over_what_another_route_has_no_use_for_any_more(clock, ended):
    team = stage.a_team(stage.CREDIT)
    completed_at = clock.now if ended else None
    stage.claimed_elsewhere(team, created_at=clock.now, completed_at=completed_at)
    clock.advance(hours=24 if ended else 0, seconds=0 if ended else ABANDONED_AFTER_SECONDS)
    if not ended:
        assert refused(team, claim=claim(fingerprint="e" * 64)).code == "idempotency_key_in_use"
        clock.advance(milliseconds=1)
    spent(team, claim=claim(fingerprint="e" * 64))
    kept = IdempotencyClaim.objects.get()
    assert (kept.path, bytes(kept.reply)) == ("/v1/embeddings", b"reply")
    assert stage.complaints() == {}


def test_a_key_that_is_claimed_elsewhere_after_the_look_up_is_seen_at_the_second_look(
    team, monkeypatch
):
    """As when the other route's commit falls between our look and our write."""
    load, looks = idempotency._load, []

    def blind(wanted):
        looks.append(wanted)
        return load(wanted) if len(looks) > 1 else {}

    stage.claimed_elsewhere(team)
    monkeypatch.setattr(idempotency, "_load", blind)
    outcomes = take(request(team, claim=claim(fingerprint="e" * 64)), request(team))
    assert outcomes[0].code == "idempotency_key_in_use"
    assert isinstance(outcomes[1], Taken)  # its neighbour is let in
    assert len(looks) == 2
    assert stage.complaints() == {}
