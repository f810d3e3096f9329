"""I20: what stands beside the acts of operators and is not what they did is heard."""

from datetime import timedelta

import pytest

from billing import approvals, operator_acts
from billing.models import Account, Grant, OperatorAct, Transfer
from billing.operator_acts import CreditOrder
from tests.billing import stage
from tests.billing.breaking import damage
from tests.billing.stage import CREDIT, complaints
from tests.cast import person

pytestmark = pytest.mark.usefixtures("broken_books")
ACTS = "UPDATE billing_operatoract SET "


@pytest.fixture
def team(settings):
    """Everything that can become of credit: done, approved, promised, refused, waiting."""
    settings.CORRECTION_CREDITS_ALONE_MAX = 10
    made, ola, pia = stage.a_team(), person("ola@aurous.example"), person("pia@aurous.example")
    later = stage.now() + timedelta(days=1)
    for token, amount, more in (
        ("done", 5, {}),
        ("promised", 1, {"effective_at": later}),
        ("approved", 50, {}),
        ("refused", 50, {}),
        ("waiting", 50, {}),
    ):
        order = CreditOrder(made, amount * CREDIT, "A reason of length", token, **more)
        operator_acts.credit(order, ola)
    approvals.approve(act("approved").id, pia)
    approvals.refuse(act("refused").id, pia, "There was no reason")
    assert complaints() == {}
    return made


def act(token):
    return OperatorAct.objects.get(token=token)


@pytest.mark.parametrize("token", ["done", "promised", "approved"])
def test_an_act_of_another_amount_is_heard(team, token):
    damage(ACTS + "credits = 1 WHERE token = %s", [token])
    (line,) = complaints()["I20"]
    assert line.startswith(act(token).id)


@pytest.mark.parametrize("token", ["done", "promised"])
def test_what_waits_and_is_in_the_books_is_heard(team, token):
    damage(ACTS + "state = 'pending', lapses_at = asked_at WHERE token = %s", [token])
    assert "is pending" in complaints()["I20"][0]


def test_what_was_approved_and_is_not_in_the_books_is_heard(team):
    damage(ACTS + "token = 'another' WHERE token = 'approved'")
    assert "the books have None and the promise None" in complaints()["I20"][0]


def test_credit_that_went_to_another_team_is_heard(team):
    damage(ACTS + "team_id = %s WHERE token = 'done'", [stage.a_team(name="Other").id])
    assert len(complaints()["I20"]) == 1


def test_credit_under_the_name_of_a_refused_act_is_heard(team):
    stage.grant(
        team,
        50 * CREDIT,
        kind=Grant.Kind.ADJUSTMENT,
        transfer_kind=Transfer.Kind.ADJUSTMENT,
        other=Account.System.ADJUSTMENTS,
        reference="correction:refused",
    )
    assert set(complaints()) == {"I20"}


def test_who_agreed_with_themselves_is_heard(team):
    damage(ACTS + "decided_by_id = asked_by_id WHERE token = 'approved'", (), "act_two_people")
    assert "who asked for it" in complaints()["I20"][0]


def test_a_refund_without_its_row_and_a_row_without_its_refund_are_heard(team):
    damage(
        ACTS + "kind = 'refund', cents = 100, credits = 0 WHERE token = 'waiting'",
        (),
        "act_of_its_kind",
    )
    assert complaints() == {}
    damage(
        ACTS + "kind = 'refund', cents = 100, credits = 0 WHERE token = 'refused'",
        (),
        "act_of_its_kind",
    )
    damage(ACTS + "state = 'done' WHERE token = 'waiting'", (), "act_decided", "act_of_its_kind")
    assert complaints()["I20"] == [
        f"{act('waiting').id} is done and about 100 cents: 0 refunds of 0"
    ]
