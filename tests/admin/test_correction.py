"""An operator gives or takes credit: once, with a reason, never more than is there."""

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils.html import escape

from accounts.models import AuditEvent
from aurous.kernel.errors import AurousError
from billing.models import Account, OperatorAct, ScheduledGrant, Transfer
from tests.admin.acting import asks_who_it_is, confirm, preview
from tests.admin.conftest import url
from tests.billing import stage
from tests.billing.stage import CREDIT
from tests.cast import person

REASON = "Took back a double grant"
WORDS = {"amount": "-5", "reason": REASON, "kind": "adjustment", "priority": "100"}


@pytest.fixture
def acme(cast):
    stage.grant(cast.acme, 10 * CREDIT)
    return cast.acme


@pytest.fixture
def page(acme):
    return url(Account, "correct_credit", acme.id)


@pytest.fixture
def desk(desk):
    confirm(desk)
    return desk


@pytest.fixture
def filled(desk, page):
    """What the browser would send after the preview: the page's own token, the operator's words."""

    def fill(**words):
        return preview(desk, page, **(WORDS | words))[1]

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


@pytest.mark.parametrize("changed", [{"amount": "-1"}, {"reason": "Another reason"}])
def test_a_used_form_with_other_words_is_refused_and_gets_a_new_token(
    desk, acme, page, filled, changed
):
    sent = filled()
    desk.post(page, sent)
    seen = desk.post(page, sent | changed)
    assert "What it comes to" in seen.text, "what was not seen is shown first"
    sent |= changed | {"previewed": seen.context["form"]["previewed"].value()}
    answer = desk.post(page, sent)
    assert answer.status_code == 200
    assert "already been sent with other words" in answer.text
    assert stage.standing(acme) == (5 * CREDIT, 0)
    token = answer.context["form"]["token"].value()
    assert token != sent["token"]
    assert desk.post(page, sent | {"token": token}).status_code == 302


def test_a_form_of_another_team_is_refused(desk, cast, page, filled):
    sent = filled(amount="5")
    assert desk.post(page, sent).status_code == 302
    answer = desk.post(url(Account, "correct_credit", cast.cleos.id), sent)
    assert "already been sent" in answer.text
    assert stage.standing(cast.cleos) == (0, 0)


@pytest.mark.parametrize(
    ("words", "field", "why"),
    [
        ({"reason": " "}, "reason", "Say why"),
        ({"reason": "too short"}, "reason", "at least 10 characters"),
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
        ({"amount": "-5", "kind": "promotional"}, "amount", "A gift gives credit"),
        ({"kind": "purchased"}, "kind", "not one of the available choices"),
        ({"amount": "5", "expires_at": "2020-01-01T00:00"}, "amount", "expire in the future"),
        ({"expires_at": "2030-01-01T00:00"}, "expires_at", "Only credit that is given"),
        ({"effective_at": "2030-01-01T00:00"}, "effective_at", "Only credit that is given begins"),
        ({"amount": "5", "effective_at": "2020-01-01T00:00"}, "effective_at", "in the past"),
        (
            {"amount": "5", "effective_at": "2099-01-01T00:00", "expires_at": "2098-01-01T00:00"},
            "amount",
            "must expire after it begins",
        ),
        ({"priority": "-1"}, "priority", "greater than or equal to 0"),
        ({"token": ""}, "token", "required"),
        ({"token": "x" * 26}, "token", "valid"),
    ],
)
def test_a_refusal_shows_on_the_form_and_nothing_moves(desk, acme, page, filled, words, field, why):
    answer, _ = preview(desk, page, **(WORDS | words))
    assert answer.context["shown"] is None
    (error,) = answer.context["form"].errors[field]
    assert why in error
    assert escape(error) in answer.text
    assert stage.standing(acme) == (10 * CREDIT, 0)
    assert not corrections().exists()


def test_what_is_held_cannot_be_taken(desk, acme, page, filled):
    stage.held(acme, tokens=6_000_000)  # 6 credits
    answer, _ = preview(desk, page, **WORDS)
    assert "4 credits are available" in answer.text
    assert stage.standing(acme) == (10 * CREDIT, 6 * CREDIT)


def test_a_busy_store_shows_on_the_form(desk, acme, page, filled, monkeypatch):
    def busy(*_):
        raise AurousError("provider_unavailable", "The billing store is busy.")

    sent = filled()
    monkeypatch.setattr("billing.operator_acts._credit", busy)
    assert "The billing store is busy." in desk.post(page, sent).text


@pytest.mark.parametrize("account", ["revenue", "adjustments", "team_nobody"])
def test_only_accounts_of_teams_are_corrected(desk, cast, account):
    assert desk.get(url(Account, "correct_credit", account)).status_code == 404


def test_the_preview_says_what_was_and_what_will_be(desk, page):
    answer, _ = preview(desk, page, **(WORDS | {"amount": "2.5"}))
    shown = answer.context["shown"]
    assert (shown["before"], shown["change"], shown["after"]) == ("10", "+2.5", "12.5")
    assert (shown["before_worth"], shown["after_worth"]) == ("$0.10", "$0.12")
    assert not shown["asks"]
    assert not corrections().exists()


def test_nothing_is_booked_that_was_not_seen(desk, page, acme):
    token = desk.get(page).context["form"]["token"].value()
    answer = desk.post(page, WORDS | {"token": token, "previewed": "", "_do": "1"})
    assert "What it comes to" in answer.text
    assert stage.standing(acme) == (10 * CREDIT, 0)


def test_a_gift_is_given(desk, acme, page, filled):
    words = {"amount": "3", "kind": "promotional", "priority": "5"}
    desk.post(page, filled(**words, expires_at="2099-01-01T00:00"))
    grant = acme.account.grants.get(amount=3 * CREDIT)
    assert (grant.kind, grant.priority, grant.expires_at.year) == ("promotional", 5, 2099)
    assert stage.complaints() == {}


def test_credit_can_begin_later(desk, acme, page, filled):
    answer = desk.post(page, filled(amount="3", effective_at="2099-01-01T00:00"), follow=True)
    assert "Promised +3 to Acme, from 2099-01-01 00:00 UTC on." in answer.text
    assert stage.standing(acme) == (10 * CREDIT, 0)
    promise = ScheduledGrant.objects.get()
    assert (promise.amount, promise.note, promise.made_by) == (
        3 * CREDIT,
        REASON,
        "boss@aurous.example",
    )
    assert stage.complaints() == {}


def test_it_asks_who_it_is_and_then_goes_on(desk, acme, page, filled):
    sent = filled()
    answer = asks_who_it_is(desk, page, sent, lambda: not corrections().exists())
    assert "Booked -5 for Acme. Available now: 5 credits." in answer.text
    assert stage.standing(acme) == (5 * CREDIT, 0)


def test_who_has_nothing_to_show_does_nothing(client, page, acme):
    blank = person("blank@aurous.example", is_staff=True, is_superuser=True)
    blank.set_unusable_password()
    blank.save(update_fields=["password"])
    client.force_login(blank)
    _, sent = preview(client, page, **WORDS)
    assert client.post(page, sent).status_code == 302
    assert stage.standing(acme) == (10 * CREDIT, 0)


def test_more_than_one_may_do_alone_waits_for_another(desk, acme, page, filled, settings):
    settings.CORRECTION_CREDITS_ALONE_MAX = 7
    seen, sent = preview(desk, page, **(WORDS | {"amount": "8"}))
    assert "This needs a second person" in seen.text
    answer = desk.post(page, sent, follow=True)
    assert "Another operator has to agree" in answer.text
    assert stage.standing(acme) == (10 * CREDIT, 0)
    again = desk.post(page, sent, follow=True)
    assert again.redirect_chain == answer.redirect_chain
    assert OperatorAct.objects.count() == 1


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
