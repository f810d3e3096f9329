"""Browsers of a team's people in each role, and pages as readers see them."""

import re
from typing import Any

from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts import members
from accounts.models import Role, User
from tests.cast import NOBODY, PASSWORD, Cast, person


def words(page: Any) -> str:
    """The main part of a page as a reader sees it."""
    body = re.sub(r"<[^>]*>", " ", page.text.split("<main")[1].split("</main>")[0])
    return " ".join(body.split())


def member(cast: Cast, role: str) -> User:
    """Somebody of Acme with this role."""
    made = person(f"{role}@acme.example")
    with transaction.atomic():
        members.add(cast.acme, made, role, actor=NOBODY)
    return made


def browser(user: User) -> Client:
    """The browser of somebody who has just shown their password."""
    client = Client()
    client.force_login(user)
    show_password_now(client)
    return client


def show_password_now(client: Client, back: str = "/security") -> HttpResponse:
    """Answer what dangerous acts ask for; the act that asked, at ``back``, is done then."""
    told = {"password": PASSWORD, "next": back}
    answer = client.post(reverse("account_reauthenticate"), told)
    assert answer.status_code == 302, answer.text
    return answer


def browsers(cast: Cast) -> dict[str, Client]:
    """One browser for each role in Acme."""
    return {role: browser(member(cast, role)) for role in Role.values}


def queries_of(client: Client, url: str) -> int:
    """How often the database is asked for a page."""
    with CaptureQueriesContext(connection) as caught:
        assert client.get(url).status_code == 200
    return len(caught)
