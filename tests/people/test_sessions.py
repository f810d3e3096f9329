"""Where a person is logged in, and ending it."""

import pytest
from allauth.usersessions.models import UserSession
from django.core.cache import cache
from django.test import Client

from aurous.ui.browser import browser_name
from tests.people.acts import log_in, words

SESSIONS = "/account/sessions/"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
    "Gecko) Version/18.0 Mobile/15E148 Safari/604.1"
)


@pytest.fixture
def phone(cast):
    phone = Client(headers={"user-agent": IPHONE})
    log_in(phone, cast.ada.email)
    return phone


@pytest.fixture
def desk(cast):
    desk = Client(headers={"user-agent": FIREFOX})
    log_in(desk, cast.ada.email)
    return desk


def test_every_browser_is_listed_and_this_one_is_marked(phone, desk):
    phone.get("/security")
    page = words(desk.get(SESSIONS))
    assert "Safari on iPhone" in page
    assert "Firefox on Linux This one" in page
    assert "127.0.0.1" in page
    assert "2 browsers are logged in as you." in words(desk.get("/security"))


def test_all_others_are_logged_out(phone, desk):
    assert phone.get("/security").status_code == 200
    assert desk.post(SESSIONS)["Location"] == SESSIONS
    assert "All other sessions are logged out." in desk.get(SESSIONS).text
    assert phone.get("/security").status_code == 302
    page = words(desk.get("/security"))
    assert "1 browser is logged in as you." in page
    assert "Log out all others" not in page


def test_a_new_password_logs_the_others_out(phone, desk):
    sent = {"oldpassword": "correct horse battery", "password1": "another horse"}
    desk.post("/account/password/change/", sent | {"password2": "another horse"})
    assert desk.get("/security").status_code == 200
    assert phone.get("/security").status_code == 302
    assert "1 browser is logged in as you." in words(desk.get("/security"))


def test_nobody_sees_or_ends_anothers(desk, cast):
    ben = Client(headers={"user-agent": IPHONE})
    log_in(ben, cast.ben.email)
    assert "Firefox" not in words(ben.get(SESSIONS))
    ben.post(SESSIONS)
    assert desk.get("/security").status_code == 200


def test_being_seen_is_noted_once_a_minute(desk, django_assert_max_num_queries):
    desk.get("/account/logout/")
    first = UserSession.objects.get().last_seen_at
    with django_assert_max_num_queries(2):  # the session and the person
        desk.get("/account/logout/")
    assert UserSession.objects.get().last_seen_at == first
    cache.clear()  # a minute later
    desk.get("/account/logout/")
    assert UserSession.objects.get().last_seen_at > first


@pytest.mark.parametrize(
    ("told", "name"),
    [
        (FIREFOX, "Firefox on Linux"),
        (IPHONE, "Safari on iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on Windows"),
        ("curl/8.0", "curl"),
        ("", "An unknown browser"),
    ],
)
def test_a_browser_has_a_name_that_a_person_would_use(told, name):
    assert browser_name(told) == name
