"""Operators open the admin with a second factor that was shown in this session, by any way in."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.core.cache import cache
from django.test import Client

from accounts.models import User
from tests.cast import PASSWORD
from tests.people.acts import add_app, app_code, confirm, log_in, log_out, words
from tests.people.test_passkeys import WITH, add_passkey, options_to_log_in
from tests.people.test_second_step import STEP, recovery_codes

STEP_PAGE = "/admin/second-factor/"
DEEP = "/admin/accounts/team/?q=acme"

pytestmark = pytest.mark.django_db(transaction=True)  # allauth tells of a change when it stands


@pytest.fixture(autouse=True)
def asked(settings):
    settings.ADMIN_MFA = True
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def browser():
    return Client(headers={"host": "localhost"})


@pytest.fixture
def boss():
    return User.objects.create_superuser("boss@aurous.example", PASSWORD)


@pytest.fixture
def by_password(browser, boss):
    """The operator, signed in by the password alone."""
    log_in(browser, boss.email)
    return browser


def led(browser, url=DEEP):
    """Where somebody who asks for a page of the admin ends up."""
    answer = browser.get(url, follow=True)
    return answer.redirect_chain[-1][0] if answer.redirect_chain else url


def opens(browser, url=DEEP) -> bool:
    return browser.get(url).status_code == 200


def half_a_minute_later():
    cache.clear()  # which code was used


def test_who_is_not_in_yet_signs_in_first_and_comes_back(browser, boss):
    where = browser.get(DEEP, follow=True).redirect_chain[-1][0]
    assert where.startswith("/account/login/?next=")
    assert "accounts%2Fteam" in where
    assert log_in(browser, boss.email, next=DEEP)["Location"] == DEEP


def test_a_password_alone_leads_to_setting_one_up(by_password):
    assert led(by_password).startswith(STEP_PAGE)
    page = words(by_password.get(DEEP, follow=True))
    assert "Set up a second step" in page
    assert by_password.post("/admin/accounts/team/").status_code == 302
    assert not opens(by_password)


def test_setting_up_an_app_leads_back_to_where_one_was_going(by_password):
    by_password.get(DEEP, follow=True)
    add_app(by_password)
    page = by_password.get("/account/2fa/recovery-codes/")
    assert f'href="{STEP_PAGE}"' in page.text
    assert by_password.get(STEP_PAGE)["Location"] == DEEP
    assert opens(by_password)
    assert f'href="{STEP_PAGE}"' not in by_password.get("/account/2fa/recovery-codes/").text


def test_setting_up_a_passkey_is_enough_too(by_password):
    add_passkey(by_password)
    assert opens(by_password)


def test_password_and_code(by_password, boss):
    secret = add_app(by_password)
    log_out(by_password)
    half_a_minute_later()
    assert log_in(by_password, boss.email, next=DEEP)["Location"] == STEP
    assert not opens(by_password)
    assert by_password.post(STEP, {"code": app_code(secret)})["Location"] == DEEP
    assert opens(by_password)


def test_password_and_recovery_code(by_password, boss):
    add_app(by_password)
    code = recovery_codes(by_password)[0]
    log_out(by_password)
    log_in(by_password, boss.email, next=DEEP)
    by_password.post(STEP, {"code": code})
    assert opens(by_password)


def test_a_passkey_instead_of_the_password(by_password):
    passkey = add_passkey(by_password)
    log_out(by_password)
    credential = passkey.use(options_to_log_in(by_password))
    assert by_password.post(WITH, {"credential": credential, "next": DEEP})["Location"] == DEEP
    assert opens(by_password)


def test_a_session_that_comes_back_later_has_still_shown_it(by_password, boss):
    add_app(by_password)
    later = Client(headers={"host": "localhost"})
    later.cookies = by_password.cookies
    assert opens(later)


def test_a_session_from_elsewhere_has_shown_nothing(by_password, boss):
    """As one of before this rule, or one that something else than the pages opened."""
    add_app(by_password)
    other = Client(headers={"host": "localhost"})
    other.force_login(boss)
    assert led(other).startswith("/account/2fa/reauthenticate/?next=")
    assert not opens(other)


def test_it_can_be_shown_in_a_session_that_is_open(by_password, boss):
    secret = add_app(by_password)
    other = Client(headers={"host": "localhost"})
    other.force_login(boss)
    half_a_minute_later()
    where = led(other)
    assert other.post(where, {"code": app_code(secret)})["Location"] == DEEP
    assert opens(other)


def test_who_has_a_passkey_only_is_asked_for_that(by_password, boss):
    add_passkey(by_password)
    other = Client(headers={"host": "localhost"})
    other.force_login(boss)
    assert led(other).startswith("/account/2fa/webauthn/reauthenticate/?next=")


def test_saying_the_password_again_is_not_enough(by_password, boss):
    add_app(by_password)
    other = Client(headers={"host": "localhost"})
    other.force_login(boss)
    confirm(other)
    assert not opens(other)


def test_who_is_made_an_operator_later_is_asked_from_then_on(browser):
    person = User.objects.create_user("late@aurous.example", PASSWORD)
    log_in(browser, person.email)
    assert browser.get("/admin/", follow=True).status_code == 403
    User.objects.filter(pk=person.pk).update(is_staff=True, is_superuser=True)
    assert led(browser).startswith(STEP_PAGE)
    add_app(browser)
    assert opens(browser)


def test_the_first_factor_ends_the_sessions_that_were_opened_without(by_password, boss):
    other = Client(headers={"host": "localhost"})
    log_in(other, boss.email)
    assert other.get("/security").status_code == 200
    add_app(by_password)
    assert other.get("/security").status_code == 302
    assert UserSession.objects.filter(user=boss).count() == 1


def test_a_further_factor_counts_only_when_it_is_used(by_password, boss):
    """Else a password-only session could give itself one."""
    add_app(by_password)
    other = Client(headers={"host": "localhost"})
    other.force_login(boss)
    add_passkey(other)
    assert not opens(other)
    assert opens(by_password)


def test_a_factor_that_is_gone_counts_no_more(by_password):
    add_app(by_password)
    assert opens(by_password)
    Authenticator.objects.all().delete()
    assert led(by_password).startswith(STEP_PAGE)


def test_another_sites_address_is_not_followed(by_password):
    for evil in ("https://evil.example/admin/", "//evil.example/admin/", "/account/logout/"):
        by_password.get(STEP_PAGE, {"next": evil})
        assert by_password.session["admin_next"] == "/admin/"


def test_where_it_is_not_asked_for_a_password_is_enough(by_password, settings):
    settings.ADMIN_MFA = False
    assert opens(by_password)
