"""What people do at the pages of getting in."""

import re
from typing import Any

from allauth.mfa.totp.internal.auth import (
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.core import mail
from django.test import Client

from tests.cast import PASSWORD

LOGIN = "/account/login/"
REAUTHENTICATE = "/account/reauthenticate/"
CODE = re.compile(r"^[A-Z0-9]{3,}(?:-[A-Z0-9]{3,})*$", re.MULTILINE)


def log_in(browser: Client, email: str, password: str = PASSWORD, **more: str) -> Any:
    """Fill in the form; the answer, not followed."""
    return browser.post(LOGIN, {"login": email, "password": password, **more})


def is_in(browser: Client) -> bool:
    """Whether somebody is logged in."""
    return "_auth_user_id" in browser.session


def confirm(browser: Client, password: str = PASSWORD) -> None:
    """Say again who it is, as a dangerous act asks."""
    answer = browser.post(REAUTHENTICATE, {"password": password})
    assert answer.status_code == 302, answer.text


def code_in_mail() -> str:
    """The code of the newest mail."""
    (code,) = CODE.findall(mail.outbox[-1].body)
    return code


def app_code(secret: str) -> str:
    """What an authenticator app shows now."""
    now = list(yield_hotp_counters_from_time())
    return format_hotp_value(hotp_value(secret, now[len(now) // 2]))


def words(page: Any) -> str:
    """A page as a reader sees it."""
    body = re.sub(r"<[^>]*>", " ", page.text.split("<main")[1])
    return " ".join(body.split())


def add_app(browser: Client) -> str:
    """Turn on an authenticator app; its secret."""
    confirm(browser)
    page = browser.get("/account/2fa/totp/activate/")
    secret = page.context["form"].secret
    answer = browser.post("/account/2fa/totp/activate/", {"code": app_code(secret)})
    assert answer.status_code == 302, answer.text
    return str(secret)


def log_out(browser: Client) -> None:
    """By the button."""
    browser.post("/account/logout/")
    assert not is_in(browser)
