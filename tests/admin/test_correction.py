"""An operator gives or takes credit: once, with a reason, never more than is there."""

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils.html import escape

from accounts.models import AuditEvent
from aurous.kernel.errors import AurousError
from billing.models import Account, Transfer
from tests.admin.conftest import url
from tests.billing import stage
from tests.billing.stage import CREDIT
from tests.cast import person

REASON = "Took back a double grant"


@pytest.fixture
def acme(cast):
    stage.grant(cast.acme, 10 * CREDIT)
    return cast.acme


@pytest.fixture
def page(acme):
    return url(Account, "correct_credit", acme.id)


@pytest.fixture
def filled(desk, page):
    """What the browser would send: the page's own token with the operator's words."""

    def fill(**words):
        token = desk.get(page).context["form"]["token"].value()
        return {"amount": "-5", "reason": REASON, "token": token} | words

    return fill


def corrections():
    return Transfer.objects.filter(kind="adjustment")


def test_the_way_leads_from_the_account(desk, acme, page):
    assert page in desk.get(url(Account, "change", acme.id)).text
    text = desk.get(page).text
    assert "Acme" in text
    assert "10 <span>$0.10</span>" in text


def test_credit_is_taken_with_a_reason_and_an_audit(desk, acme, page, filled, boss):
    answer = desk.post(page, filled(), follow=True)
    assert answer.redirect_chain == [(url(Account, "change", acme.id), 302)]
    assert "Booked -5 for Acme. Available now: 5 credits." in answer.text
    assert stage.standing(acme) == (5 * CREDIT, 0)
    line = corrections().get()
    assert (line.note, line.signed_nano, line.credit_id) == (REASON, -5 * CREDIT, "adjustments")
    event = AuditEvent.objects.get(action="credit.corrected")
    assert (event.actor_id, event.actor_label) == (str(boss.pk), boss.email)
    assert (event.team, event.data) == (acme, {"credits": "-5", "reason": REASON})


def test_credit_is_given_to_the_last_nano(desk, acme, page, filled):
    desk.post(page, filled(amount="+0.000000001"))
    assert stage.standing(acme) == (10 * CREDIT + 1, 0)


def test_a_typed_minus_of_a_book_is_a_minus(desk, acme, page, filled):
    desk.post(page, filled(amount="−2"))
    assert stage.standing(acme) == (8 * CREDIT, 0)


def test_a_double_click_moves_credit_once_and_succeeds_twice(desk, acme, page, filled):
    sent = filled()
    for _ in range(2):
        answer = desk.post(page, sent, follow=True)
        assert "Available now: 5 credits." in answer.text
    assert stage.standing(acme) == (5 * CREDIT, 0)
    assert (
        corrections().count() == AuditEvent.objects.filter(action="credit.corrected").count() == 1
    )


@pytest.mark.parametrize("changed", [{"amount": "-1"}, {"reason": "Another one"}])
def test_a_used_form_with_other_words_is_refused_and_gets_a_new_token(
    desk, acme, page, filled, changed
):
    sent = filled()
    desk.post(page, sent)
    answer = desk.post(page, sent | changed)
    assert answer.status_code == 200
    assert "already been sent with another amount or reason" in answer.text
    assert stage.standing(acme) == (5 * CREDIT, 0)
    token = answer.context["form"]["token"].value()
    assert token != sent["token"]
    assert desk.post(page, sent | changed | {"token": token}).status_code == 302


def test_a_form_of_another_team_is_refused(desk, cast, page, filled):
    sent = filled(amount="5")
    desk.post(page, sent)
    answer = desk.post(url(Account, "correct_credit", cast.cleos.id), sent)
    assert "already been sent" in answer.text
    assert stage.standing(cast.cleos) == (0, 0)


@pytest.mark.parametrize(
    ("words", "field", "why"),
    [
        ({"reason": " "}, "reason", "a correction needs a reason"),
        ({"reason": "x" * 301}, "reason", "at most 300 characters"),
        ({"amount": ""}, "amount", "required"),
        ({"amount": "0"}, "amount", "moves nothing"),
        ({"amount": "five"}, "amount", "not a number of credits"),
        ({"amount": "1e999999"}, "amount", "not a number of credits"),
        ({"amount": "NaN"}, "amount", "not a number of credits"),
        ({"amount": "1,5"}, "amount", "not a number of credits"),
        ({"amount": "0.0000000001"}, "amount", "more than 9 digits"),
        ({"amount": "99999999999999"}, "amount", "out of range"),
        ({"amount": "9223372036"}, "amount", "No account can hold that much"),
        ({"amount": "-10.000000001"}, "amount", "10 credits are available; 10.000000001 cannot"),
        ({"token": ""}, "token", "required"),
        ({"token": "x" * 26}, "token", "valid"),
    ],
)
def test_a_refusal_shows_on_the_form_and_nothing_moves(desk, acme, page, filled, words, field, why):
    answer = desk.post(page, filled(**words))
    assert answer.status_code == 200
    (error,) = answer.context["form"].errors[field]
    assert why in error
    assert escape(error) in answer.text
    assert stage.standing(acme) == (10 * CREDIT, 0)
    assert not corrections().exists()


def test_what_is_held_cannot_be_taken(desk, acme, page, filled):
    stage.held(acme, tokens=6_000_000)  # 6 credits
    answer = desk.post(page, filled())
    assert "4 credits are available" in answer.text
    assert stage.standing(acme) == (10 * CREDIT, 6 * CREDIT)


def test_a_busy_store_shows_on_the_form(desk, acme, page, filled, monkeypatch):
    def busy(_correction):
        raise AurousError("provider_unavailable", "The billing store is busy.")

    monkeypatch.setattr("billing.admin.correction.correct", busy)
    assert "The billing store is busy." in desk.post(page, filled()).text


@pytest.mark.parametrize("account", ["revenue", "adjustments", "team_nobody"])
def test_only_accounts_of_teams_are_corrected(desk, cast, account):
    assert desk.get(url(Account, "correct_credit", account)).status_code == 404


def test_without_the_right_to_change_accounts_nobody_corrects(client, acme, page):
    helper = person("helper@aurous.example", is_staff=True)
    helper.user_permissions.set(Permission.objects.filter(codename="view_account"))
    client.force_login(helper)
    seen = client.get(url(Account, "change", acme.id))
    assert seen.status_code == 200
    assert page not in seen.text
    assert client.get(page).status_code == client.post(page, {"amount": "5"}).status_code == 403

    helper.user_permissions.set(Permission.objects.filter(codename="change_account"))
    assert client.get(page).status_code == 200


def test_a_page_of_another_site_cannot_send_the_form(acme, page, boss):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(boss)
    assert strict.post(page, {"amount": "5", "reason": REASON}).status_code == 403
