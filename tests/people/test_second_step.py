"""Authenticator apps and recovery codes."""

import re

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail
from django.core.cache import cache

from accounts.models import AuditEvent
from tests.people.acts import add_app, app_code, confirm, is_in, log_in, log_out, words

STEP = "/account/2fa/authenticate/"
CODES = "/account/2fa/recovery-codes/"


def next_half_minute() -> None:
    """A code is good once; the cache remembers which was used."""
    cache.clear()


def recovery_codes(browser) -> list[str]:
    page = browser.get(CODES)
    return re.findall(r"\b\d{8}\b", page.text.split("<main")[1])


@pytest.mark.django_db(transaction=True)  # the mail goes when the change stands
def test_an_app_is_turned_on_with_its_first_code_and_recovery_codes_follow(ada, cast):
    add_app(ada)
    assert len(recovery_codes(ada)) == 10
    assert "Authenticator app On" in words(ada.get("/security"))
    assert "10 left" in words(ada.get("/security"))
    assert "An authenticator app was added" in [one.subject for one in mail.outbox]
    (event,) = AuditEvent.objects.filter(
        action="person.second_factor_added", data__kind="totp", actor_id=str(cast.ada.pk)
    )
    assert event.team is None


def test_a_wrong_first_code_turns_nothing_on(ada):
    confirm(ada)
    ada.get("/account/2fa/totp/activate/")
    page = ada.post("/account/2fa/totp/activate/", {"code": "000000"})
    assert "This code is wrong" in page.text
    assert not Authenticator.objects.exists()


def test_logging_in_asks_for_the_code_and_a_used_one_is_not_taken_again(ada, cast):
    secret = add_app(ada)
    log_out(ada)
    next_half_minute()
    assert log_in(ada, cast.ada.email, next="/security")["Location"] == STEP
    assert not is_in(ada)
    page = ada.post(STEP, {"code": "000000"})
    assert "This code is wrong, or has been used." in page.text
    assert not is_in(ada)
    code = app_code(secret)
    assert ada.post(STEP, {"code": code})["Location"] == "/security"
    assert is_in(ada)
    log_out(ada)
    log_in(ada, cast.ada.email)
    ada.post(STEP, {"code": code})
    assert not is_in(ada)


def test_a_recovery_code_lets_in_once(ada, cast):
    add_app(ada)
    code = recovery_codes(ada)[0]
    log_out(ada)
    log_in(ada, cast.ada.email)
    assert ada.post(STEP, {"code": code})["Location"] == "/"
    assert "9 left" in words(ada.get("/security"))
    log_out(ada)
    log_in(ada, cast.ada.email)
    ada.post(STEP, {"code": code})
    assert not is_in(ada)


def test_guessing_codes_is_stopped(ada, cast):
    secret = add_app(ada)
    log_out(ada)
    next_half_minute()
    log_in(ada, cast.ada.email)
    for number in range(5):
        ada.post(STEP, {"code": f"00000{number}"})
    ada.post(STEP, {"code": app_code(secret)})
    assert not is_in(ada)


def test_new_codes_replace_the_old_ones(ada):
    add_app(ada)
    old = recovery_codes(ada)
    assert "stop working" in ada.get(CODES + "generate/").text
    assert ada.post(CODES + "generate/")["Location"] == CODES
    new = recovery_codes(ada)
    assert len(new) == 10
    assert set(new).isdisjoint(old)
    file = ada.get(CODES + "download/")
    assert file.text.split() == new
    assert "no-store" in file["Cache-Control"]


def test_codes_are_shown_to_who_says_again_who_it_is_only(ada, cast):
    add_app(ada)
    codes = recovery_codes(ada)
    log_out(ada)
    log_in(ada, cast.ada.email)
    ada.post(STEP, {"code": codes[0]})
    answer = ada.get(CODES)
    assert answer["Location"].startswith("/account/reauthenticate/")
    assert ada.get(CODES + "download/").status_code in (302, 403)


def test_turning_it_off_takes_the_codes_along(ada, cast):
    add_app(ada)
    assert ada.post("/account/2fa/totp/deactivate/")["Location"] == "/account/2fa/"
    assert ada.get("/account/2fa/")["Location"] == "/security"
    assert not Authenticator.objects.exists()
    assert "Authenticator app Off" in words(ada.get("/security"))
    log_out(ada)
    assert log_in(ada, cast.ada.email)["Location"] == "/"


def test_it_is_not_turned_off_by_a_browser_that_was_left_open(ada, cast):
    add_app(ada)
    log_out(ada)
    log_in(ada, cast.ada.email)
    ada.force_login(cast.ada)
    answer = ada.post("/account/2fa/totp/deactivate/")
    assert answer["Location"].startswith("/account/reauthenticate/")
    assert Authenticator.objects.filter(type="totp").exists()
