"""Browsers of people, and what a page says."""

import html
import re
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Role, User
from tests.cast import PASSWORD
from tests.pages.rows import rows_of


def browser_of(user: User, *, fresh: bool = False) -> Client:
    """Somebody's browser; ``fresh``: the password was given a moment ago."""
    client = Client()
    client.force_login(user)
    if fresh:
        sent = {"password": PASSWORD, "next": "/"}
        assert client.post(reverse("account_reauthenticate"), sent).status_code == 302
    return client


def browsers_of(cast: Any) -> dict[str, Client]:
    """A browser for each role in Acme."""
    people = rows_of(cast).people
    return {role: browser_of(people[role]) for role in Role.values}


def queries_of(client: Client, url: str) -> int:
    """How often the database is asked for a page."""
    with CaptureQueriesContext(connection) as caught:
        assert client.get(url).status_code == 200
    return len(caught)


def words(page: Any) -> str:
    """What a reader sees in the page's main part, blanks made one."""
    main = page.text.split("<main")[1].split("</main>")[0]
    text = " ".join(html.unescape(re.sub(r"<[^>]*>", " ", main)).split())
    return re.sub(r" (?=[.,:])", "", text)
