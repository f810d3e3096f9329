"""From nothing to the first vector, in each of the ways; and a passkey that lets in."""

import re

import pytest
from django.core.cache import cache

from accounts.models import User
from tests.browser.modes import MODES
from tests.cast import PASSWORD, person
from tests.embeddings.api.stage import STUB, Api, customer

AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture(autouse=True)
def nobody_was_here_before(transactional_db):
    cache.clear()  # attempts are counted by address, and all come from this machine
    yield
    cache.clear()


def code_in(mail):
    return re.search(r"^\s*([A-Z0-9-]{6,})\s*$", mail.body, re.MULTILINE).group(1)


def test_from_nothing_to_the_first_vector(begin, mailoutbox, settings):
    settings.WELCOME_CREDITS = "1"
    at = begin()
    address = f"newcomer-{MODES.index(at.mode)}@start.example"
    at.go("/account/signup/")
    at.hands.fill("E-mail address", address)
    at.hands.fill("Password", PASSWORD)
    at.hands.press("Sign up")
    at.sees("Code from the mail")
    at.hands.fill("Code from the mail", code_in(mailoutbox[-1]))
    at.hands.press("Confirm")
    at.page.wait_for_url("**/new-team**")
    at.hands.fill("Name of the team", "Early Birds")
    at.hands.press("Make the team")
    shown = at.page.locator(".secret code").first
    shown.wait_for()
    key = shown.text_content()
    at.hands.tick("I have saved it")
    at.hands.press("Send a first request")
    at.page.wait_for_url("**/quickstart**")
    answer = Api(key).embed("Hello", model=STUB)
    assert answer.status == 200
    if not at.mode.scripts:
        at.hands.follow("Check now")
    at.sees(answer.headers["Aurous-Request-Id"])
    team = User.objects.get(email=address).memberships.get().team
    at.go(f"/t/{team.id}/")
    at.sees("Early Birds")


def test_a_wrong_password_is_said_and_the_right_one_lets_in(begin):
    ada = customer(name="Acme")
    at = begin()
    someone = person(f"someone-{MODES.index(at.mode)}@acme.example")
    at.go("/account/login/")
    at.hands.fill("E-mail address", someone.email)
    at.hands.fill("Password", "not this one")
    at.hands.press("Log in")
    at.page.get_by_role("alert").first.wait_for()
    at.hands.fill("Password", PASSWORD)
    at.hands.press("Log in")
    at.page.wait_for_url("**/new-team**")
    assert at.visit.go(f"/t/{ada.team.id}/") == 404


@pytest.fixture
def with_authenticator(visit):
    """A window at localhost, where passkeys work, with an authenticator that says yes."""

    def begin(user):
        window = visit(user)
        window.host = window.host.replace("127.0.0.1", "localhost")
        for cookie in window.context.cookies():
            window.context.add_cookies(
                [{"name": cookie["name"], "value": cookie["value"], "url": window.host}]
            )
        session = window.context.new_cdp_session(window.page)
        session.send("WebAuthn.enable")
        session.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
        return window

    return begin


def test_a_passkey_is_added_and_lets_in(with_authenticator):
    ada = person("ada-with-a-passkey@acme.example")
    window = with_authenticator(ada)
    page = window.page
    window.go("/account/2fa/webauthn/add/")
    if page.get_by_label("Password").count():
        page.get_by_label("Password").first.fill(PASSWORD)
        page.get_by_role("button", name="Continue").click()
    page.get_by_label("Name").first.fill("Laptop")
    page.locator("#passkey").click()
    page.wait_for_url(lambda url: "webauthn/add" not in url)
    window.context.clear_cookies()
    window.go("/account/login/")
    page.locator("#passkey").click()
    page.wait_for_url("**/new-team**")
