"""An operator refunds a top-up: once, with a reason, never more than was paid, and follows it."""

import pytest
from django.contrib.auth.models import Permission

from accounts.models import AuditEvent
from billing import approvals
from billing.gateway.base import GatewayUnavailable
from billing.models import OperatorAct, Reversal, TopUp
from tests.admin.acting import asks_who_it_is, confirm, do, preview
from tests.admin.conftest import url
from tests.billing import stage
from tests.billing.stage import CREDIT
from tests.billing.stripe.world import debt
from tests.cast import person

REASON = "Bought twice by mistake"
WORDS = {"amount": "4", "reason": REASON}


@pytest.fixture
def topup(cast, world):
    return world.bought(cast.acme, 1_000)


@pytest.fixture
def page(topup):
    return url(TopUp, "refund", topup.pk)


@pytest.fixture
def desk(desk):
    confirm(desk)
    yield desk
    assert stage.complaints() == {}


def refunded():
    return sum(Reversal.objects.values_list("amount_cents", flat=True))


def test_the_way_leads_from_the_top_up_and_offers_all_of_it(desk, topup, page):
    assert page in desk.get(url(TopUp, "change", topup.pk)).text
    assert desk.get(page).context["form"]["amount"].value() == "10.00"


def test_a_part_goes_back_with_its_credit(desk, cast, topup, page, boss):
    seen, sent = preview(desk, page, **WORDS)
    shown = seen.context["shown"]
    assert (shown["before"], shown["change"], shown["after"]) == ("1,000", "-400", "600")
    assert not shown["debt"]
    answer = desk.post(page, sent, follow=True)
    assert "Refunded." in answer.text
    assert "succeeded" in answer.text
    assert stage.standing(cast.acme) == (600 * CREDIT, 0)
    event = AuditEvent.objects.get(action="topup.refunded")
    assert (event.team, event.actor_label) == (cast.acme, boss.email)
    assert event.data == {"amount": "$4.00", "reason": REASON}


def test_a_double_click_is_one_refund(desk, topup, page):
    _, sent = preview(desk, page, **WORDS)
    first = desk.post(page, sent, follow=True)
    assert desk.post(page, sent, follow=True).redirect_chain == first.redirect_chain
    assert refunded() == 400


def test_spent_credit_is_told_as_a_debt_before_it_is_one(desk, cast, topup, page):
    stage.spent(cast.acme, 900 * CREDIT // stage.PRICE)
    seen, sent = preview(desk, page, **WORDS)
    shown = seen.context["shown"]
    assert (shown["before"], shown["change"], shown["after"]) == ("100", "-100", "0")
    assert (shown["debt"], shown["debt_worth"]) == ("300", "$3.00")
    desk.post(page, sent)
    assert debt(cast.acme) == 300 * CREDIT


def test_what_is_held_is_told_as_a_debt_too(desk, cast, topup, page):
    stage.held(cast.acme, 900 * CREDIT // stage.PRICE)
    assert preview(desk, page, **WORDS)[0].context["shown"]["debt"] == "300"


@pytest.mark.parametrize(
    ("amount", "why"),
    [
        ("10.01", "At most $10.00 can be refunded."),
        ("0", "At most $10.00 can be refunded."),
        ("-1", "Write an amount like"),
        ("1.001", "Write an amount like"),
        ("1e2", "Write an amount like"),
        ("", "required"),
    ],
)
def test_no_more_than_was_paid_goes_back(desk, topup, page, amount, why):
    answer, sent = preview(desk, page, amount=amount, reason=REASON)
    assert answer.context["shown"] is None
    assert why in answer.text
    assert desk.post(page, sent).status_code == 200
    assert refunded() == 0


def test_two_tabs_refund_no_more_than_was_paid(desk, topup, page):
    _, first = preview(desk, page, amount="6", reason=REASON)
    _, second = preview(desk, page, amount="6", reason=REASON)
    desk.post(page, first)
    assert "At most $4.00 can be refunded." in desk.post(page, second).text
    assert refunded() == 600


def test_it_asks_who_it_is_and_then_goes_on(desk, topup, page):
    _, sent = preview(desk, page, **WORDS)
    answer = asks_who_it_is(desk, page, sent, lambda: refunded() == 0)
    assert "Refunded." in answer.text
    assert refunded() == 400


def test_beyond_the_limit_of_a_day_another_person_has_to_agree(desk, cast, topup, page, settings):
    settings.REFUND_CENTS_ALONE_MAX = 500
    do(desk, page, **WORDS)
    seen, sent = preview(desk, page, amount="1.01", reason=REASON)
    assert "Today you may still refund $1.00 alone." in " ".join(seen.text.split())
    desk.post(page, sent)
    act = OperatorAct.objects.get(state="pending")
    assert refunded() == 400

    approvals.approve(act.pk, person("pia@aurous.example"))
    assert refunded() == 501
    event = AuditEvent.objects.filter(action="topup.refunded").latest("id")
    assert event.data["asked_by"] == "boss@aurous.example"
    assert Reversal.objects.get(token=act.token).stripe_status == "succeeded"
    assert stage.standing(cast.acme)[0] == 499 * CREDIT


def test_a_refund_without_an_answer_is_followed_until_it_has_one(
    desk, topup, page, world, monkeypatch
):
    def silent(*_, **__):
        raise GatewayUnavailable("no answer")

    with monkeypatch.context() as patch:
        patch.setattr(world.gateway, "create_refund", silent)
        answer = do(desk, page, **WORDS)
    assert "Stripe is at it." in answer.text
    assert 'hx-trigger="every 5s"' in answer.text
    act = OperatorAct.objects.get()
    answer = desk.get(url(OperatorAct, "look_again", act.pk), follow=True)
    assert "succeeded" in answer.text
    assert 'hx-trigger="every 5s"' not in answer.text
    assert refunded() == 400


def test_a_refund_that_stripe_refuses_takes_nothing(desk, cast, topup, page, world):
    charge = world.store.get("charge", topup.charge_id)
    world.gateway.create_refund(topup.payment_id, charge["amount"], reversal_id="", key="theirs")
    answer = do(desk, page, **WORDS)
    assert "Stripe refused. No money went back" in answer.text
    assert Reversal.objects.get(token=OperatorAct.objects.get().token).effect == "returned"


@pytest.mark.parametrize("status", ["pending", "processing"])
def test_only_what_was_paid_is_refunded(desk, cast, world, status):
    topup = world.order(cast.acme)
    TopUp.objects.filter(pk=topup.pk).update(status=status)
    assert desk.get(url(TopUp, "refund", topup.pk)).status_code == 404


def test_without_the_right_nobody_refunds(client, topup, page):
    helper = person("helper@aurous.example", is_staff=True)
    helper.user_permissions.set(Permission.objects.filter(codename__in=["view_topup"]))
    client.force_login(helper)
    confirm(client)
    assert client.get(page).status_code == client.post(page, WORDS).status_code == 403
    assert page not in client.get(url(TopUp, "change", topup.pk)).text


def test_without_stripe_nobody_refunds(desk, topup, page, settings):
    _, sent = preview(desk, page, **WORDS)
    settings.STRIPE_SECRET_KEY = ""
    assert "Payments are not set up here." in desk.post(page, sent).text
    assert refunded() == 0
