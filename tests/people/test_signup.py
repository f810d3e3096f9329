"""Signing up: an address is proven by a code, and nobody learns who is here."""

import re
from html import unescape

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.cache import cache

from accounts import invitations
from accounts.models import AuditEvent, Role, User
from tests.cast import PASSWORD
from tests.people.acts import code_in_mail, is_in, log_in, words

SIGNUP = "/account/signup/"
VERIFY = "/account/confirm-email/"
NEW = "dora@new.example"


def sign_up(browser, email=NEW, password=PASSWORD, **more):
    return browser.post(SIGNUP, {"email": email, "password1": password, **more})


def test_from_the_form_to_the_first_page_of_a_newcomer(browser):
    assert sign_up(browser)["Location"] == VERIFY
    assert not is_in(browser)
    assert NEW in browser.get(VERIFY).text
    assert mail.outbox[-1].to == [NEW]
    assert browser.post(VERIFY, {"code": code_in_mail().lower()})["Location"] == "/"
    assert is_in(browser)
    assert browser.get("/")["Location"] == "/new-team"
    person = User.objects.get(email=NEW)
    address = EmailAddress.objects.get(user=person)
    assert (address.email, address.verified, address.primary) == (NEW, True, True)
    assert AuditEvent.objects.filter(action="person.signed_up", actor_label=NEW).count() == 1


def test_where_one_wanted_to_go_is_kept_through_the_code(browser):
    sign_up(browser, next="/preferences-of-nobody")
    answer = browser.post(VERIFY, {"code": code_in_mail()})
    assert answer["Location"] == "/preferences-of-nobody"


def test_a_wrong_code_is_refused_and_three_end_it(browser):
    sign_up(browser)
    for _ in range(2):
        page = browser.post(VERIFY, {"code": "WRONG1"})
        assert "This code is wrong." in page.text
    assert browser.post(VERIFY, {"code": "WRONG1"})["Location"] == "/account/login/"
    assert browser.get(VERIFY)["Location"] == "/account/login/"
    assert not is_in(browser)


def test_another_code_can_be_had_and_the_first_is_dead(browser):
    sign_up(browser)
    first = code_in_mail()
    assert browser.post(VERIFY, {"action": "resend"}).status_code == 429  # within ten seconds
    cache.clear()
    browser.post(VERIFY, {"action": "resend"})
    assert code_in_mail() != first
    assert "This code is wrong." in browser.post(VERIFY, {"code": first}).text
    assert browser.post(VERIFY, {"code": code_in_mail()})["Location"] == "/"


def test_with_a_mistyped_address_one_starts_again(browser):
    sign_up(browser, "dorra@new.example")
    browser.post("/account/logout/", {"next": SIGNUP})
    sign_up(browser)
    assert mail.outbox[-1].to == [NEW]
    browser.post(VERIFY, {"code": code_in_mail()})
    assert User.objects.get(email=NEW).emailaddress_set.get().verified


def test_logging_in_before_the_code_asks_for_it_again(browser):
    sign_up(browser)
    browser.post("/account/logout/")
    cache.clear()  # ten seconds later
    assert log_in(browser, NEW)["Location"] == VERIFY
    assert not is_in(browser)
    browser.post(VERIFY, {"code": code_in_mail()})
    assert is_in(browser)


def test_an_address_that_is_taken_looks_like_a_new_one(browser, cast):
    taken = sign_up(browser, cast.ada.email)
    assert taken["Location"] == VERIFY
    page = words(browser.get(VERIFY))
    browser.post("/account/logout/")
    sign_up(browser)
    fresh = words(browser.get(VERIFY))
    assert fresh.replace(NEW, cast.ada.email) == page
    told = mail.outbox[0]
    assert told.to == [cast.ada.email]
    assert told.subject == "You have an Aurous account already"
    assert User.objects.filter(email=cast.ada.email).count() == 1


@pytest.mark.parametrize(
    ("password", "why"),
    [("short", "at least 10 characters"), ("password123", "too common")],
)
def test_a_weak_password_is_refused_beside_its_field(browser, password, why):
    page = sign_up(browser, password=password)
    assert why in page.text
    assert not User.objects.exists()


def test_sign_up_can_be_closed(browser, settings):
    settings.AUROUS_SIGNUP_OPEN = False
    assert "Sign-up is closed" in browser.get(SIGNUP).text
    assert "Sign-up is closed" in sign_up(browser).text
    assert not User.objects.exists()
    assert SIGNUP not in browser.get("/account/login/").text
    settings.AUROUS_SIGNUP_OPEN = True
    assert SIGNUP in browser.get("/account/login/").text


def test_who_signs_up_too_often_has_to_wait(browser):
    answers = [sign_up(browser, f"p{number}@new.example") for number in range(21)]
    assert answers[-1].status_code == 429


def test_who_is_invited_may_sign_up_where_others_may_not(browser, cast, settings, mailoutbox):
    settings.AUROUS_SIGNUP_OPEN = False
    invitations.invite(cast.acme.id, "guest@elsewhere.example", Role.VIEWER, by=cast.ada)
    path = re.search(r"(/invitations/\S+)", mailoutbox[-1].body).group(1)
    link = re.search(r'href="(/account/signup/[^"]+)"', browser.get(path).text).group(1)
    page = browser.get(unescape(link)).text
    assert 'value="guest@elsewhere.example"' in page
    assert "join the team" in page
    form = {"email": "guest@elsewhere.example", "password1": PASSWORD, "next": path}
    refused = browser.post("/account/signup/", form | {"email": "another@elsewhere.example"})
    assert not User.objects.filter(email="another@elsewhere.example").exists(), refused.text
    browser.post("/account/signup/", form)
    assert User.objects.filter(email="guest@elsewhere.example").exists()
    forged = form | {"email": "third@elsewhere.example", "next": "/invitations/made-up"}
    browser.post("/account/signup/", forged)
    assert not User.objects.filter(email="third@elsewhere.example").exists()
