"""A dangerous act asks again who it is, and then goes on with what was sent."""

import pytest
from django.core.cache import cache

from tests.people.acts import add_app, app_code, log_in, log_out
from tests.people.test_passkeys import add_passkey, options_on

pytestmark = pytest.mark.urls("tests.people.dangerous_urls")

AGAIN = "/account/reauthenticate/"
BY_CODE = "/account/2fa/reauthenticate/"
BY_PASSKEY = "/account/2fa/webauthn/reauthenticate/"
PASSWORD = "correct horse battery"


@pytest.fixture
def path(cast):
    return f"/t/{cast.acme.id}/danger"


def press(browser, path):
    answer = browser.post(path, {"name": "Indexer"})
    assert answer.status_code == 302
    assert answer["Location"].startswith(f"{AGAIN}?next=")
    return answer["Location"]


def done(answer, cast, page=""):
    assert answer.status_code == 200
    assert answer.text == f"{cast.acme.id} Indexer {page} danger"


def test_the_page_opens_without_it(ada, path):
    assert ada.get(path).text == "Press the button."


def test_by_password(ada, cast, path):
    page = ada.get(press(ada, path))
    assert "Is it you?" in page.text
    assert f'value="{path}"' in page.text
    done(ada.post(AGAIN, {"password": PASSWORD, "next": path}), cast)


def test_what_stands_behind_the_question_mark_is_kept(ada, cast, path):
    press(ada, path + "?page=2")
    done(ada.post(AGAIN, {"password": PASSWORD, "next": path}), cast, "2")


def test_a_wrong_password_does_nothing_and_says_so(ada, cast, path):
    press(ada, path)
    answer = ada.post(AGAIN, {"password": "wrong", "next": path})
    assert "The password is wrong." in answer.text
    assert cast.acme.id + " Indexer" not in answer.text
    done(ada.post(AGAIN, {"password": PASSWORD, "next": path}), cast)


def test_for_five_minutes_it_is_not_asked_again(ada, cast, path, monkeypatch):
    press(ada, path)
    done(ada.post(AGAIN, {"password": PASSWORD, "next": path}), cast)
    done(ada.post(path, {"name": "Indexer"}), cast)
    import time

    later = time.time() + 301
    monkeypatch.setattr("allauth.account.internal.flows.reauthentication.time.time", lambda: later)
    press(ada, path)


def test_by_a_code_of_the_app(ada, cast, path):
    secret = add_app(ada)
    log_out(ada)
    cache.clear()  # half a minute later
    log_in(ada, cast.ada.email)
    ada.post("/account/2fa/authenticate/", {"code": app_code(secret)})
    page = ada.get(press(ada, path))
    assert "Use a code" in page.text
    cache.clear()
    assert "This code is wrong" in ada.post(BY_CODE, {"code": "000000", "next": path}).text
    done(ada.post(BY_CODE, {"code": app_code(secret), "next": path}), cast)


def test_by_a_passkey(ada, cast, path):
    passkey = add_passkey(ada)
    log_out(ada)
    log_in(ada, cast.ada.email)
    credential = passkey.use(options_on(ada.get("/account/2fa/authenticate/")))
    ada.post("/account/2fa/authenticate/", {"credential": credential})
    assert "Use a passkey" in ada.get(press(ada, path)).text
    credential = passkey.use(options_on(ada.get(BY_PASSKEY, {"next": path})))
    done(ada.post(BY_PASSKEY, {"credential": credential, "next": path}), cast)


def test_going_elsewhere_afterwards_does_not_do_it(ada, path):
    press(ada, path)
    answer = ada.post(AGAIN, {"password": PASSWORD, "next": "/security"})
    assert answer["Location"] == "/security"


def test_another_sites_address_is_not_followed(ada, path):
    answer = ada.post(AGAIN, {"password": PASSWORD, "next": "https://evil.example/"})
    assert answer["Location"] == "/"


def test_the_role_is_asked_again_too(ada, cast, path):
    press(ada, path)
    cast.ada.memberships.update(role="viewer")
    answer = ada.post(AGAIN, {"password": PASSWORD, "next": path})
    assert answer.status_code == 403
    assert "Not for your role" in answer.text


def test_who_left_meanwhile_finds_nothing(ada, cast, path):
    press(ada, path)
    cast.ada.memberships.all().delete()
    assert ada.post(AGAIN, {"password": PASSWORD, "next": path}).status_code == 404


def test_guessing_is_stopped(ada, path):
    press(ada, path)
    answers = [ada.post(AGAIN, {"password": "wrong", "next": path}) for _ in range(11)]
    assert answers[-1].status_code == 429
