"""Credit that begins later: never spent before, always there from then on, and booked once."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import AuditEvent
from aurous.kernel.money import CREDITS_MAX_NANO
from billing import grants, recharge
from billing.access import grants_to_come
from billing.balance import balance_of
from billing.cancelling import cancel
from billing.corrections import Correction, correct
from billing.grants import add, current_books
from billing.models import Grant, ScheduledGrant, TopUp, Transfer
from billing.reaper import reap
from billing.teams import grant_credit
from tests.billing import stage
from tests.billing.stage import CREDIT, NOBODY, grant, held, kinds, refused, release, settle, spent

DAY = timedelta(days=1)


@pytest.fixture
def team(clock):
    return stage.a_team()


def promise(team, clock, nano=5_000, after=DAY, **more):
    return grant(team, nano, effective_at=clock.now + after, **more)


def test_credit_that_begins_later_is_no_credit_yet(team, clock):
    id_ = promise(team, clock)
    assert (stage.standing(team), kinds(team)) == ((0, 0), [])
    assert balance_of(team.id).grants == []
    assert [row.id for row in grants_to_come(team.id)] == [id_]


def test_it_cannot_be_held_before_it_begins_and_is_there_at_that_moment(team, clock):
    promise(team, clock)
    clock.advance(hours=23, minutes=59, seconds=59, milliseconds=999)
    assert refused(team).code == "balance_too_low"
    clock.advance(milliseconds=1)
    held(team, tokens=5)
    assert stage.standing(team) == (5_000, 5_000)


@pytest.mark.parametrize("door", ["balance", "reaper", "correction", "settlement"])
def test_whoever_opens_the_books_finds_it_begun(team, clock, door):
    grant(team, 1_000, kind=Grant.Kind.PURCHASED)
    taken = stage.running(team, deadline_s=10 * 86_400.0)
    promise(team, clock)
    clock.advance(days=2)
    if door == "balance":
        assert balance_of(team.id).posted == 6_000
    elif door == "reaper":
        assert reap().accounts_with_beginnings == 1
        assert reap().accounts_with_beginnings == 0
    elif door == "correction":
        correct(Correction(team, -5_000, "why", NOBODY, "t"))
    else:
        settle(taken, team)
    assert kinds(team)[:2] == ["grant", "grant"]
    assert not grants_to_come(team.id).exists()
    if door != "settlement":
        release(taken, team)


def test_its_line_says_when_it_began_and_when_that_was_written(team, clock):
    begins = clock.now + DAY
    id_ = promise(team, clock, note="For December", priority=7, expires_at=begins + DAY)
    clock.advance(hours=30)
    balance_of(team.id)
    line = Transfer.objects.get(account_id=team.id)
    assert (line.occurred_at, line.recorded_at) == (begins, clock.now)
    assert (line.note, line.amount) == ("For December", 5_000)
    given = Grant.objects.get(transfer=line)
    assert (given.effective_at, given.priority) == (begins, 7)
    assert given.expires_at == begins + DAY
    assert ScheduledGrant.objects.get(pk=id_).grant == given


def test_credit_that_began_and_expired_while_nobody_looked_is_on_the_statement_and_gone(
    team, clock
):
    promise(team, clock, expires_at=clock.now + 2 * DAY)
    clock.advance(days=3)
    assert balance_of(team.id).posted == 0
    assert kinds(team) == ["grant", "expiry"]


def test_a_request_from_before_its_beginning_may_be_paid_with_it(team, clock):
    grant(team, 1_000)
    taken = stage.running(team, deadline_s=10 * 86_400.0)
    promise(team, clock, priority=1)
    clock.advance(days=2)
    settle(taken, team)
    assert balance_of(team.id).posted == 5_000


def test_several_begin_in_the_order_of_their_dates(team, clock):
    for days, nano in ((3, 300), (1, 100), (2, 200), (9, 900)):
        promise(team, clock, nano, after=days * DAY)
    clock.advance(days=5)
    assert balance_of(team.id).posted == 600
    amounts = Transfer.objects.filter(account_id=team.id).order_by("sequence")
    assert list(amounts.values_list("amount", flat=True)) == [100, 200, 300]
    assert stage.account(team).next_grant_at == ScheduledGrant.objects.get(amount=900).effective_at


def test_the_spending_order_counts_from_its_own_beginning(team, clock):
    promise(team, clock, 1_000)
    clock.advance(days=2)
    younger = grant(team, 1_000)  # opens the books: the promised one is older
    spent(team)
    assert stage.remaining(younger) == [1_000]


@pytest.mark.parametrize("wait", [timedelta(0), 2 * DAY])
def test_the_same_reference_promises_once_and_gives_once(team, clock, wait):
    first = promise(team, clock, reference="deal:1")
    clock.set(clock.now + wait)
    again = promise(team, clock, reference="deal:1")
    begun = ScheduledGrant.objects.get().grant_id
    assert again == (begun or first)
    clock.advance(days=9)
    assert balance_of(team.id).posted == 5_000


def test_a_reference_that_was_used_promises_nothing(team, clock):
    first = grant(team, 100, reference="deal:1")
    assert promise(team, clock, reference="deal:1") == first
    assert not ScheduledGrant.objects.exists()


def test_a_beginning_that_has_passed_is_now(team, clock):
    grant(team, 100, effective_at=clock.now - DAY)
    assert Grant.objects.get().effective_at == clock.now


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"expires_at": DAY}, "after it begins"),
        ({"priority": -1}, "from 0 to 1000"),
        ({"priority": 1_001}, "from 0 to 1000"),
    ],
)
def test_what_makes_no_sense_is_refused(team, clock, more, words):
    wanted = {k: clock.now + v if isinstance(v, timedelta) else v for k, v in more.items()}
    with pytest.raises(ValueError, match=words):
        promise(team, clock, **wanted)
    assert not ScheduledGrant.objects.exists()


def test_an_expired_grant_is_refused_however_early_it_is_said_to_begin(team, clock):
    with pytest.raises(ValueError, match="in the future"):
        grant(team, 1, effective_at=clock.now - 2 * DAY, expires_at=clock.now - DAY)


def test_nothing_posts_a_grant_before_it_begins(team, clock):
    early = grants.NewGrant(
        team.id, 1, Grant.Kind.PROMOTIONAL, Transfer.Kind.GRANT, "promotions", "r",
        effective_at=clock.now + DAY,
    )  # fmt: skip
    with pytest.raises(ValueError, match="not posted now"), current_books([team.id]) as books:
        add(books, early)


def test_promises_count_against_what_an_account_can_hold(team, clock):
    promise(team, clock, CREDITS_MAX_NANO)
    with pytest.raises(ValueError, match="more credit than"):
        promise(team, clock, 1)


def test_a_promise_without_room_waits_and_stops_nobody(team, clock, monkeypatch):
    promise(team, clock, 5_000)
    monkeypatch.setattr(grants, "CREDITS_MAX_NANO", 5_000)
    grant(team, 1_000)
    clock.advance(days=2)
    assert balance_of(team.id).posted == 1_000
    spent(team, 1)
    assert balance_of(team.id).posted == 5_000


def test_a_promise_costs_a_request_no_statement(team, clock):
    grant(team, 9_000)
    counts = []
    for waits in (False, True):
        if waits:
            promise(team, clock)
        with CaptureQueriesContext(connection) as queries:
            held(team)
        counts.append(len(queries))
    assert counts[0] == counts[1]


# --- cancelling ------------------------------------------------------------------------------


def test_a_cancelled_promise_never_begins(team, clock):
    id_ = promise(team, clock)
    assert cancel(id_, actor=NOBODY, reason="A mistake")
    clock.advance(days=9)
    assert (balance_of(team.id).posted, kinds(team)) == (0, [])
    assert stage.account(team).next_grant_at is None
    event = AuditEvent.objects.get(action="grant.cancelled")
    assert (event.target, event.team_id) == (id_, team.id)
    assert event.data == {"credits": "0.000005", "reason": "A mistake"}


def test_cancelling_twice_is_done_once(team, clock):
    id_ = promise(team, clock)
    assert cancel(id_, actor=NOBODY, reason="A mistake")
    assert not cancel(id_, actor=NOBODY, reason="A mistake")
    assert AuditEvent.objects.filter(action="grant.cancelled").count() == 1


def test_what_has_begun_is_not_cancelled_even_if_nobody_booked_it(team, clock):
    id_ = promise(team, clock)
    clock.advance(days=1)
    with pytest.raises(ValueError, match="has begun"):
        cancel(id_, actor=NOBODY, reason="Too late")
    assert balance_of(team.id).posted == 5_000


def test_cancelling_needs_a_reason_and_something_to_cancel(team, clock):
    with pytest.raises(ValueError, match="needs a reason"):
        cancel(promise(team, clock), actor=NOBODY, reason=" ")
    with pytest.raises(CommandError, match="no scheduled grant"):
        call_command("cancel_grant", "sgr_none", "--reason", "x")


# --- operators -------------------------------------------------------------------------------


def test_grant_credits_promises_credit_and_cancel_grant_takes_it_back(team, clock, capsys):
    call_command(
        "grant_credits", "Acme", "5", "--reason", "Deal", "--effective", "2026-07-01",
        "--expires", "2026-08-01", "--priority", "3",
    )  # fmt: skip
    row = ScheduledGrant.objects.get()
    out = capsys.readouterr().out
    assert out == f"Acme receives on 2026-07-01 00:00 UTC 5 credits as {row.id}\n"
    assert (row.amount, row.priority, row.note) == (5 * CREDIT, 3, "Deal")
    assert (f"{row.effective_at:%F}", f"{row.expires_at:%F}") == ("2026-07-01", "2026-08-01")
    event = AuditEvent.objects.get(action="grant.scheduled")
    assert (event.actor_id, event.target, event.data["credits"]) == ("grant_credits", row.id, "5")
    call_command("cancel_grant", row.id, "--reason", "No deal")
    call_command("cancel_grant", row.id, "--reason", "No deal")
    lines = capsys.readouterr().out.splitlines()
    assert lines == [f"{row.id} is cancelled", f"{row.id} had been cancelled before"]


def test_credit_given_now_has_the_priority_that_was_asked_for(team):
    grant_credit(team, 5, reason="Deal", reference="a", priority=3)
    assert Grant.objects.get().priority == 3


def test_a_correction_may_begin_later_once(team, clock):
    wanted = Correction(
        team, 500, "Sorry", NOBODY, "t-1",
        effective_at=clock.now + DAY, expires_at=clock.now + 2 * DAY, priority=5,
    )  # fmt: skip
    correct(wanted)
    correct(wanted)
    row = ScheduledGrant.objects.get()
    assert (row.kind, row.priority, row.made_by) == ("adjustment", 5, NOBODY.label)
    clock.advance(days=1)
    correct(wanted)
    assert balance_of(team.id).posted == 500
    assert kinds(team) == ["adjustment"]
    assert AuditEvent.objects.filter(action="credit.corrected").count() == 1


@pytest.mark.parametrize("more", [{"effective_at": DAY}, {"expires_at": DAY}, {"priority": 3}])
def test_credit_that_is_taken_has_no_dates(team, clock, more):
    grant(team, 5_000)
    wanted = {k: clock.now + v if isinstance(v, timedelta) else v for k, v in more.items()}
    with pytest.raises(ValueError, match="only credit that is given"):
        correct(Correction(team, -500, "why", NOBODY, "t-1", **wanted))


def test_no_card_is_charged_for_credit_that_has_begun(team, clock):
    """Auto-recharge reads balances without a lock: it looks for what has begun first."""
    promise(team, clock)
    clock.advance(days=1)
    assert recharge.attempt(team.id) is None
    assert kinds(team) == ["grant"]
    assert not TopUp.objects.exists()
