"""Passkeys: adding, logging in with one, a second step, renaming, removing."""

import json
import re

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail

from tests.people.acts import LOGIN, confirm, is_in, log_in, log_out, words
from tests.people.passkey import Passkey

ADD = "/account/2fa/webauthn/add/"
WITH = "/account/2fa/webauthn/login/"
LIST = "/account/2fa/webauthn/"
STEP = "/account/2fa/authenticate/"


def options_on(page):
    """What the page hands to its script."""
    (text,) = re.findall(r'<script id="passkey-options"[^>]*>(.*?)</script>', page.text)
    return next(iter(json.loads(text).values()))


def options_to_log_in(browser):
    answer = browser.get(WITH, headers={"accept": "application/json"})
    return answer.json()["request_options"]


def add_passkey(browser, name="Laptop"):
    confirm(browser)
    passkey = Passkey()
    credential = passkey.register(options_on(browser.get(ADD)))
    sent = {"name": name, "passwordless": "on", "credential": credential}
    answer = browser.post(ADD, sent)
    assert answer.status_code == 302, words(answer)
    return passkey


@pytest.mark.django_db(transaction=True)  # the mail goes when the change stands
def test_one_is_added_and_recovery_codes_come_with_the_first(ada):
    add_passkey(ada)
    (row,) = Authenticator.objects.filter(type="webauthn")
    assert row.wrap().name == "Laptop"
    page = words(ada.get("/security"))
    assert "Passkeys 1" in page
    assert "10 left" in page
    assert "A passkey was added" in [one.subject for one in mail.outbox]
    assert "Laptop" in words(ada.get(LIST))
    assert "Instead of the password" in words(ada.get(LIST))


def test_it_logs_in_without_a_password_and_back_to_where_one_was(ada):
    passkey = add_passkey(ada)
    log_out(ada)
    credential = passkey.use(options_to_log_in(ada))
    answer = ada.post(WITH, {"credential": credential, "next": "/security"})
    assert answer["Location"] == "/security"
    assert is_in(ada)


def test_another_sites_address_is_not_followed(ada):
    passkey = add_passkey(ada)
    log_out(ada)
    credential = passkey.use(options_to_log_in(ada))
    answer = ada.post(WITH, {"credential": credential, "next": "https://evil.example/"})
    assert answer["Location"] == "/"


def test_an_answer_is_good_once(ada):
    passkey = add_passkey(ada)
    log_out(ada)
    credential = passkey.use(options_to_log_in(ada))
    ada.post(WITH, {"credential": credential})
    log_out(ada)
    options_to_log_in(ada)
    answer = ada.post(WITH, {"credential": credential}, follow=True)
    assert answer.redirect_chain == [(LOGIN, 302)]
    assert not is_in(ada)


def test_another_device_in_her_name_is_refused(ada):
    mine = add_passkey(ada)
    log_out(ada)
    forged = Passkey()
    forged.id, forged._owner = mine.id, mine._owner
    ada.post(WITH, {"credential": forged.use(options_to_log_in(ada))})
    assert not is_in(ada)


@pytest.mark.parametrize("credential", ["", "{}", "[]", "null", '{"id": 1}', "{"])
def test_rubbish_is_refused(browser, cast, credential):
    options_to_log_in(browser)
    answer = browser.post(WITH, {"credential": credential})
    assert answer["Location"] == LOGIN
    assert not is_in(browser)


def test_it_is_a_second_step_after_the_password(ada, cast):
    passkey = add_passkey(ada)
    log_out(ada)
    assert log_in(ada, cast.ada.email)["Location"] == STEP
    credential = passkey.use(options_on(ada.get(STEP)))
    assert ada.post(STEP, {"credential": credential})["Location"] == "/"
    assert is_in(ada)


def test_it_says_again_who_it_is(ada, cast):
    passkey = add_passkey(ada)
    log_out(ada)
    ada.post(WITH, {"credential": passkey.use(options_to_log_in(ada))})
    assert ada.get(ADD)["Location"].startswith("/account/reauthenticate/")
    again = "/account/2fa/webauthn/reauthenticate/"
    page = ada.get(again, {"next": ADD})
    sent = {"credential": passkey.use(options_on(page)), "next": ADD}
    assert ada.post(again, sent)["Location"] == ADD
    assert ada.get(ADD).status_code == 200


def test_it_is_renamed_and_removed_by_its_owner_only(ada, browser, cast):
    passkey = add_passkey(ada)
    (row,) = Authenticator.objects.filter(type="webauthn")
    path = f"/account/2fa/webauthn/keys/{row.pk}/"
    ben = type(ada)(headers={"host": "localhost"})
    log_in(ben, cast.ben.email)
    confirm(ben)
    assert ben.post(path + "remove/").status_code == 404
    assert ben.post(path + "edit/", {"name": "Mine"}).status_code == 404

    assert ada.post(path + "edit/", {"name": "Desk"})["Location"] == LIST
    assert "Desk" in words(ada.get(LIST))
    assert "Remove Desk" in words(ada.get(path + "remove/"))
    assert ada.post(path + "remove/")["Location"] == LIST
    assert not Authenticator.objects.exists()
    assert "No passkey yet" in words(ada.get(LIST))
    log_out(ada)
    ada.post(WITH, {"credential": passkey.use(options_to_log_in(ada))})
    assert not is_in(ada)


def test_the_owner_of_a_passkey_is_known_by_what_the_site_gave(ada, cast):
    confirm(ada)
    told = options_on(ada.get(ADD))["publicKey"]
    assert told["rp"] == {"name": "Aurous", "id": "localhost"}
    assert told["user"]["name"] == cast.ada.email
    assert re.fullmatch(r"[\w-]+", told["user"]["id"])
