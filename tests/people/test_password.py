"""Forgetting, setting and changing a password."""

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.core import mail
from django.core.cache import cache

from accounts import teams
from accounts.models import AuditEvent, User
from tests.cast import NOBODY, PASSWORD
from tests.people.acts import add_app, app_code, code_in_mail, is_in, log_in, log_out, words

RESET = "/account/password/reset/"
ENTER = "/account/password/reset/confirm/"
COMPLETE = "/account/password/reset/complete/"
CHANGE = "/account/password/change/"
NEXT = "a new horse battery"


def reset(browser, email, password=NEXT):
    assert browser.post(RESET, {"email": email})["Location"] == ENTER
    assert browser.post(ENTER, {"code": code_in_mail()})["Location"] == COMPLETE
    return browser.post(COMPLETE, {"password1": password, "password2": password})


def test_a_code_by_mail_sets_a_new_password_and_lets_in(browser, cast):
    assert reset(browser, cast.ada.email)["Location"] == "/"
    assert is_in(browser)
    log_out(browser)
    assert log_in(browser, cast.ada.email, PASSWORD).status_code == 200
    assert log_in(browser, cast.ada.email, NEXT).status_code == 302
    assert mail.outbox[-1].subject == "Your password was reset"
    assert AuditEvent.objects.filter(action="person.password_reset").count() == 1


def test_a_person_made_by_an_operator_gets_in_that_way_and_is_verified(browser, db):
    teams.create_team("Northwind", "owner@northwind.example", actor=NOBODY)
    address = EmailAddress.objects.get(email="owner@northwind.example")
    assert not address.verified
    assert reset(browser, "owner@northwind.example")["Location"] == "/"
    assert is_in(browser)
    address.refresh_from_db()
    assert address.verified
    assert browser.get("/")["Location"].startswith("/t/team_")


def test_so_does_one_who_has_no_row_of_an_address(browser, db):
    User.objects.create(email="old@northwind.example", password=make_password(None))
    assert reset(browser, "old@northwind.example")["Location"] in ("/", "/account/confirm-email/")
    if not is_in(browser):
        browser.post("/account/confirm-email/", {"code": code_in_mail()})
    assert is_in(browser)


def test_an_unknown_address_reads_like_a_known_one(browser, cast):
    known = words(browser.post(RESET, {"email": cast.ada.email}, follow=True))
    unknown = words(browser.post(RESET, {"email": "eve@acme.example"}, follow=True))
    assert "a code is on its way" in known
    assert unknown.replace("eve@", "ada@") == known
    assert mail.outbox[-1].subject == "There is no Aurous account with this address"


def test_three_wrong_codes_end_it(browser, cast):
    browser.post(RESET, {"email": cast.ada.email})
    for _ in range(2):
        assert "This code is wrong." in browser.post(ENTER, {"code": "WRONG1"}).text
    assert browser.post(ENTER, {"code": "WRONG1"})["Location"] == "/account/login/"
    assert browser.get(COMPLETE)["Location"] == RESET


def test_the_last_step_cannot_be_had_without_the_code(browser, cast):
    browser.post(RESET, {"email": cast.ada.email})
    sent = {"password1": NEXT, "password2": NEXT}
    assert browser.post(COMPLETE, sent)["Location"] == ENTER
    assert log_in(browser, cast.ada.email, NEXT).status_code == 200


def test_one_address_gets_only_so_many_codes(browser, cast):
    answers = [browser.post(RESET, {"email": cast.ada.email}) for _ in range(6)]
    assert answers[-1].status_code == 429
    assert len(mail.outbox) == 5


def test_a_second_step_is_asked_for_after_a_reset_too(ada, cast):
    secret = add_app(ada)
    log_out(ada)
    assert reset(ada, cast.ada.email)["Location"] == "/account/2fa/authenticate/"
    assert not is_in(ada)
    ada.post("/account/2fa/authenticate/", {"code": "000000"})
    assert not is_in(ada)
    cache.clear()  # a code is good once: the next half minute
    ada.post("/account/2fa/authenticate/", {"code": app_code(secret)})
    assert is_in(ada)


def test_changing_asks_for_the_old_one_and_says_so_by_mail(ada, cast):
    sent = {"oldpassword": "wrong", "password1": NEXT, "password2": NEXT}
    assert "The current password is wrong." in ada.post(CHANGE, sent).text
    sent["oldpassword"] = PASSWORD
    assert ada.post(CHANGE, sent)["Location"] == "/security"
    assert is_in(ada)
    assert "The password is changed." in ada.get("/security").text
    assert mail.outbox[-1].subject == "Your password was changed"
    cast.ada.refresh_from_db()
    assert cast.ada.check_password(NEXT)


def test_two_different_new_ones_are_refused(ada):
    sent = {"oldpassword": PASSWORD, "password1": NEXT, "password2": NEXT + "x"}
    assert "You must type the same password each time." in ada.post(CHANGE, sent).text


@pytest.mark.parametrize("path", [CHANGE, "/account/password/set/"])
def test_who_has_none_sets_one_and_who_has_one_changes_it(ada, cast, path):
    if path == CHANGE:
        assert ada.get("/account/password/set/")["Location"] == CHANGE
        return
    cast.ada.set_unusable_password()
    cast.ada.save(update_fields=["password"])
    ada.force_login(cast.ada)
    assert ada.get(CHANGE)["Location"] == "/account/password/set/"
    assert ada.post(path, {"password1": NEXT, "password2": NEXT})["Location"] == "/security"
