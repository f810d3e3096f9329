"""Operators give, take and refund: alone up to a sum a day, beyond it with a second person."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from accounts.models import AuditEvent
from billing import alone, approvals, operator_acts
from billing.approvals import CannotDecide
from billing.models import Grant, OperatorAct, Transfer
from billing.operator_acts import USED, CreditOrder
from tests.billing import stage
from tests.billing.stage import CREDIT
from tests.cast import person

REASON = "Credit for the outage of May"
pytestmark = pytest.mark.django_db


@pytest.fixture
def ola():
    return person("ola@aurous.example", is_staff=True)


@pytest.fixture
def pia():
    return person("pia@aurous.example", is_staff=True)


@pytest.fixture(autouse=True)
def limits(settings):
    settings.CORRECTION_CREDITS_ALONE_MAX = 100


@pytest.fixture
def team():
    made = stage.a_team(10 * CREDIT)
    yield made
    assert stage.complaints() == {}


def give(team, amount, operator, token="t-1", **more):
    return operator_acts.credit(
        CreditOrder(team, amount * CREDIT, more.pop("reason", REASON), token, **more), operator
    )


def asked(team, ola, **more):
    act = give(team, 101, ola, **more)
    assert act.state == "pending"
    return act


def events(action):
    return AuditEvent.objects.filter(action=action)


def test_up_to_the_limit_one_person_is_enough(team, ola):
    act = give(team, 100, ola)
    assert act.state == "done"
    assert stage.standing(team) == (110 * CREDIT, 0)
    event = events("credit.corrected").get()
    assert (event.team, event.actor_label) == (team, ola.email)
    assert event.data == {"credits": "100", "reason": REASON}


def test_beyond_it_nothing_moves_until_somebody_else_agrees(team, ola, pia):
    act = asked(team, ola)
    assert stage.standing(team) == (10 * CREDIT, 0)
    request = events("operator_act.requested").get()
    assert (request.team, request.target, request.actor_label) == (None, act.id, ola.email)

    approvals.approve(act.id, pia)
    assert stage.standing(team) == (111 * CREDIT, 0)
    event = events("credit.corrected").get()
    assert (event.team, event.actor_label) == (team, pia.email)
    assert event.data == {"credits": "101", "reason": REASON, "asked_by": ola.email}
    assert events("operator_act.approved").get().actor_label == pia.email


def test_many_small_ones_do_not_go_round_the_limit(team, ola, pia):
    other = stage.a_team(name="Other")
    assert give(team, 60, ola, "t-1").state == "done"
    assert give(other, 40, ola, "t-2").state == "done"
    assert give(other, 1, ola, "t-3").state == "pending"
    assert give(other, 1, pia, "t-4").state == "done", "each has a limit of their own"


def test_what_is_taken_counts_as_what_is_given(team, ola):
    give(team, 95, ola, "t-1")
    assert give(team, -6, ola, "t-2").state == "pending"
    assert give(team, -5, ola, "t-3").state == "done"


def test_after_a_day_there_is_room_again(team, ola, settings):
    give(team, 100, ola)
    settings.ALONE_SECONDS = 0
    assert alone.left_nano(ola, stage.now()) == 100 * CREDIT


def test_requests_that_wait_or_were_approved_take_no_room(team, ola, pia):
    approvals.approve(asked(team, ola).id, pia)
    assert alone.left_nano(ola, stage.now()) == 100 * CREDIT


def test_a_limit_of_nothing_always_asks(team, ola, settings):
    settings.CORRECTION_CREDITS_ALONE_MAX = 0
    assert give(team, 1, ola).state == "pending"


def test_a_gift_is_promotional_and_lapses_and_has_its_place_in_the_order(team, ola):
    expires_at = stage.now() + timedelta(days=3)
    give(team, 5, ola, kind=Grant.Kind.PROMOTIONAL, priority=7, expires_at=expires_at)
    grant = Grant.objects.get(kind="promotional", amount=5 * CREDIT)
    assert (grant.priority, grant.expires_at) == (7, expires_at)
    assert (grant.transfer.kind, grant.transfer.debit_id) == ("grant", "promotions")


@pytest.mark.parametrize(
    ("amount", "more", "why"),
    [
        (5, {"reason": "too short"}, "at least 10 characters"),
        (5, {"kind": Grant.Kind.PURCHASED}, "gives no purchased credit"),
        (-5, {"kind": Grant.Kind.PROMOTIONAL}, "a gift gives"),
        (-11, {}, "10 credits are available; 11 cannot be taken"),
        (-200, {}, "10 credits are available; 200 cannot be taken"),
        (0, {}, "moves something"),
    ],
)
def test_what_cannot_be_booked_is_refused_and_not_asked_for(team, ola, amount, more, why):
    with pytest.raises(ValueError, match=why):
        give(team, amount, ola, **more)
    assert not OperatorAct.objects.exists()


def test_an_expiry_lies_in_the_future(team, ola):
    with pytest.raises(ValueError, match="expire in the future"):
        give(team, 200, ola, expires_at=stage.now())


@pytest.mark.parametrize("amount", [5, 200])
def test_the_same_form_again_is_one_act(team, ola, amount):
    assert give(team, amount, ola).id == give(team, amount, ola).id
    assert OperatorAct.objects.count() == 1


def test_a_used_form_says_nothing_else(team, ola, pia):
    give(team, 5, ola)
    other = stage.a_team(name="Other")
    for again in (
        lambda: give(team, 6, ola),
        lambda: give(other, 5, ola),
        lambda: give(team, 5, ola, reason=REASON + " and June"),
        lambda: give(team, 5, pia),
    ):
        with pytest.raises(ValueError, match=USED):
            again()


def test_nobody_agrees_with_themselves_not_even_a_superuser(team, ola):
    ola.is_superuser = True
    ola.save(update_fields=["is_superuser"])
    act = asked(team, ola)
    for decide in (approvals.approve, approvals.refuse):
        with pytest.raises(CannotDecide, match="Another person"):
            decide(act.id, ola, "Because I can do it")
    act.refresh_from_db()
    assert act.state == "pending"


def test_an_approval_again_by_the_same_person_does_nothing_more(team, ola, pia):
    act = asked(team, ola)
    for _ in range(2):
        assert approvals.approve(act.id, pia).state == "approved"
    assert Transfer.objects.filter(kind="adjustment").count() == 1


def test_who_comes_second_is_told(team, ola, pia):
    act = asked(team, ola)
    approvals.approve(act.id, pia)
    with pytest.raises(CannotDecide, match="decided already: approved"):
        approvals.approve(act.id, person("quin@aurous.example"))
    with pytest.raises(CannotDecide, match="decided already: approved"):
        approvals.withdraw(act.id, ola)


def test_a_refusal_has_a_reason_and_moves_nothing(team, ola, pia):
    act = asked(team, ola)
    with pytest.raises(ValueError, match="at least 10"):
        approvals.refuse(act.id, pia, "no")
    approvals.refuse(act.id, pia, "There was no outage")
    assert stage.standing(team) == (10 * CREDIT, 0)
    assert events("operator_act.refused").get().data["answer"] == "There was no outage"
    with pytest.raises(CannotDecide, match="refused"):
        approvals.approve(act.id, person("quin@aurous.example"))


def test_only_who_asked_takes_it_back(team, ola, pia):
    act = asked(team, ola)
    with pytest.raises(CannotDecide, match="Only who asked"):
        approvals.withdraw(act.id, pia)
    assert approvals.withdraw(act.id, ola).state == "withdrawn"
    assert approvals.withdraw(act.id, ola).state == "withdrawn"
    with pytest.raises(CannotDecide, match="withdrawn"):
        approvals.approve(act.id, pia)


def test_a_request_lapses(team, ola, pia, settings):
    settings.OPERATOR_REQUEST_SECONDS = 0
    act = asked(team, ola)
    assert not approvals.waiting().exists()
    with pytest.raises(CannotDecide, match="in time"):
        approvals.approve(act.id, pia)
    assert approvals.expire() == 1
    assert approvals.expire() == 0
    act.refresh_from_db()
    assert act.state == "expired"
    assert events("operator_act.expired").count() == 1
    assert stage.standing(team) == (10 * CREDIT, 0)


def test_what_cannot_be_booked_any_more_stays_open(team, ola, pia, settings):
    settings.CORRECTION_CREDITS_ALONE_MAX = 0
    act = give(team, -10, ola)
    stage.spent(team, 1_000_000)  # a credit
    with pytest.raises(ValueError, match="9 credits are available"):
        approvals.approve(act.id, pia)
    act.refresh_from_db()
    assert (act.state, act.decided_by) == ("pending", None)
    assert not events("operator_act.approved").exists()


def refused(statement, *params):
    with pytest.raises(IntegrityError), transaction.atomic():
        stage.sql(statement, params)


def test_the_database_lets_nobody_agree_with_themselves(team, ola):
    act = asked(team, ola)
    refused(
        "UPDATE billing_operatoract SET state = 'approved', decided_by_id = %s, decided_at = %s "
        "WHERE id = %s",
        ola.pk,
        stage.now(),
        act.id,
    )


@pytest.mark.parametrize("state", ["approved", "refused", "done", "withdrawn"])
def test_the_database_lets_no_state_stand_without_what_belongs_to_it(team, ola, pia, state):
    act = asked(team, ola)
    decided_by = pia.pk if state in {"done", "withdrawn"} else None
    refused(
        "UPDATE billing_operatoract SET state = %s, decided_by_id = %s WHERE id = %s",
        state,
        decided_by,
        act.id,
    )


@pytest.mark.parametrize("column", ["credits", "reason", "asked_by_id", "token", "lapses_at"])
def test_the_database_keeps_what_was_asked_for(team, ola, pia, column):
    act = asked(team, ola)
    value = {"credits": 1, "asked_by_id": pia.pk, "lapses_at": stage.now()}.get(column, "another")
    refused(f"UPDATE billing_operatoract SET {column} = %s WHERE id = %s", value, act.id)


def test_the_database_keeps_what_was_decided(team, ola, pia):
    act = asked(team, ola)
    approvals.approve(act.id, pia)
    back = "SET state = 'pending', decided_by_id = NULL, decided_at = NULL"
    refused(f"UPDATE billing_operatoract {back} WHERE id = %s", act.id)
    refused("UPDATE billing_operatoract SET answer = 'x' WHERE id = %s", act.id)
    refused("DELETE FROM billing_operatoract WHERE id = %s", act.id)
    alone_act = give(team, 1, ola, "t-2")
    refused("UPDATE billing_operatoract SET credits = 0 WHERE id = %s", alone_act.id)
