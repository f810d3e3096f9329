"""Promo codes are made and disabled, each after the operator has shown who they are."""

import pytest
from django.contrib.auth.models import Permission

from accounts.models import AuditEvent
from billing import promo_codes
from billing.models import PromoCode
from tests.admin.acting import answer_who_i_am, asks_who_it_is, confirm, do, preview, stale
from tests.admin.conftest import url
from tests.billing import stage
from tests.billing.stage import CREDIT
from tests.cast import person

WORDS = {
    "code": "spring-26",
    "credits": "50",
    "grant_days": "30",
    "redemptions_max": "100",
    "expires_at": "2099-01-01T00:00",
    "reason": "The spring campaign",
}
PAGE = url(PromoCode, "make")


@pytest.fixture
def desk(desk, cast):
    confirm(desk)
    return desk


def test_a_code_is_made_after_its_preview(desk, cast, boss):
    assert PAGE in desk.get(url(PromoCode)).text
    seen, sent = preview(desk, PAGE, **WORDS)
    text = " ".join(seen.text.split())
    assert "gives each team that uses it 50 credits ($0.50), once, for 30 days." in text
    assert "At most 100 teams can use it: $50.00 in all." in text
    assert not PromoCode.objects.exists()
    assert "SPRING-26 can be used" in desk.post(PAGE, sent, follow=True).text
    made = PromoCode.objects.get()
    assert (made.code, made.credits, made.grant_days) == ("SPRING-26", 50 * CREDIT, 30)
    told = AuditEvent.objects.get(action="promo_code.created")
    assert (told.actor_label, told.data["reason"]) == (boss.email, "The spring campaign")
    promo_codes.redeem(cast.acme, "spring-26", actor=stage.NOBODY)
    assert stage.complaints() == {}


def test_a_second_click_makes_no_second_code(desk):
    _, sent = preview(desk, PAGE, **WORDS)
    desk.post(PAGE, sent)
    assert "There is such a code." in desk.post(PAGE, sent).text
    assert PromoCode.objects.count() == 1


def test_only_what_it_needs_is_asked_for(desk):
    optional = dict.fromkeys(("grant_days", "redemptions_max", "expires_at"), "")
    seen, sent = preview(desk, PAGE, **(WORDS | optional))
    assert "Any number of teams can use it." in seen.text
    desk.post(PAGE, sent)
    assert PromoCode.objects.get().redemptions_max is None


@pytest.mark.parametrize(
    ("words", "field"),
    [
        ({"code": "a b"}, "code"),
        ({"code": ""}, "code"),
        ({"credits": "0"}, "credits"),
        ({"credits": "-5"}, "credits"),
        ({"credits": "1e3"}, "credits"),
        ({"credits": "99999999999999"}, "credits"),
        ({"grant_days": "0"}, "grant_days"),
        ({"redemptions_max": "0"}, "redemptions_max"),
        ({"expires_at": "2020-01-01T00:00"}, "expires_at"),
        ({"reason": "short"}, "reason"),
    ],
)
def test_a_refusal_shows_at_its_field(desk, words, field):
    answer, _ = preview(desk, PAGE, **(WORDS | words))
    assert answer.context["shown"] is None
    assert answer.context["form"].errors[field]


def test_making_asks_who_it_is_and_then_goes_on(desk):
    _, sent = preview(desk, PAGE, **WORDS)
    asks_who_it_is(desk, PAGE, sent, lambda: not PromoCode.objects.exists())
    assert PromoCode.objects.exists()


def test_a_code_is_disabled_with_a_reason(desk, boss):
    do(desk, PAGE, **WORDS)
    page = url(PromoCode, "disable", "SPRING-26")
    assert page in desk.get(url(PromoCode, "change", "SPRING-26")).text
    assert desk.post(page, {"reason": "short"}).status_code == 200
    stale(desk)
    answer = desk.post(page, {"reason": "Somebody posted it"})
    assert PromoCode.objects.get().disabled_at is None
    assert "Disabled. What it gave stays." in answer_who_i_am(desk, answer).text
    assert PromoCode.objects.get().disabled_at is not None
    told = AuditEvent.objects.get(action="promo_code.disabled")
    assert (told.actor_label, told.data) == (boss.email, {"reason": "Somebody posted it"})
    assert desk.get(page).status_code == 403, "it is disabled already"


def test_without_the_rights_nobody_makes_or_disables(client, cast):
    promo_codes.create("OLD", CREDIT, actor=stage.NOBODY)
    helper = person("helper@aurous.example", is_staff=True)
    helper.user_permissions.set(Permission.objects.filter(codename="view_promocode"))
    client.force_login(helper)
    confirm(client)
    for page in (PAGE, url(PromoCode, "disable", "OLD")):
        assert client.get(page).status_code == client.post(page, WORDS).status_code == 403
    assert PAGE not in client.get(url(PromoCode)).text
