"""Promo codes in a browser: what they give, and clear words where they do not."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.urls import reverse

from billing import promo_codes
from billing.models import PromoCode
from tests.billing import stage
from tests.billing.stage import CREDIT
from tests.cast import NOBODY
from tests.pages.browsers import browsers_of, words


@pytest.fixture
def page(cast):
    return reverse("billing-promo", args=[cast.acme.id])


@pytest.fixture(autouse=True)
def nobody_guessed():
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def code(db):
    return promo_codes.create("WELCOME-26", 250 * CREDIT, actor=NOBODY).code


def test_a_code_gives_its_credit_once(ada, cast, page, code):
    answer = ada.post(page, {"code": " welcome-26 "}, follow=True)
    assert "250 credits were added." in answer.text
    assert answer.redirect_chain[0][0] == reverse("billing", args=[cast.acme.id])
    again = ada.post(page, {"code": code})
    assert "This team has used that code already." in words(again)
    assert stage.standing(cast.acme)[0] == 250 * CREDIT


@pytest.mark.parametrize(
    "changes",
    [
        {"disabled_at": stage.LONG_AGO},
        {"expires_at": stage.LONG_AGO + timedelta(days=1)},
        {"redemptions_max": 0},
    ],
)
def test_a_code_that_is_over_is_told_like_one_that_never_was(ada, cast, page, code, changes):
    PromoCode.objects.update(**changes)
    told = "There is no such code, or it has ended or was used up."
    assert told in words(ada.post(page, {"code": code}))
    assert told in words(ada.post(page, {"code": "NEVER-WAS"}))
    assert stage.standing(cast.acme)[0] == 0


def test_nothing_and_far_too_much_are_no_codes(ada, page):
    assert "This field is required." in words(ada.post(page, {"code": ""}))
    assert "at most 40 characters" in words(ada.post(page, {"code": "X" * 41}))


def test_who_guesses_has_to_wait(ada, cast, page, code, settings):
    settings.PROMO_WRONG_CODES_MAX = 3
    for number in range(3):
        ada.post(page, {"code": f"GUESS-{number}"})
    assert "Too many codes did not work. Wait an hour" in words(ada.post(page, {"code": code}))
    assert stage.standing(cast.acme)[0] == 0
    cache.clear()
    assert ada.post(page, {"code": code}).status_code == 302


def test_only_who_looks_after_money_may(cast, page):
    answers = {role: one.get(page).status_code for role, one in browsers_of(cast).items()}
    assert answers == {"owner": 200, "admin": 200, "billing": 200, "developer": 403, "viewer": 403}
