"""What operators do with their hands: forms sent with the page's own token."""

import re
from typing import Any

from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests.cast import PASSWORD, person

_TOKEN = re.compile(r'name="once" id="once" value="([^"]+)"')


def confirm(client: Client) -> None:
    """Show the password anew, as the act asks."""
    sent = {"password": PASSWORD, "next": "/"}
    assert client.post(reverse("account_reauthenticate"), sent).status_code == 302


def token_on(client: Client, url: str) -> str:
    """The token of the form on a page."""
    return _TOKEN.search(client.get(url).text)[1]  # type: ignore[index]


def send(client: Client, url: str, **words: Any) -> Any:
    """Fill the form of an act in and send it."""
    return client.post(url, {"once": token_on(client, url)} | words)


def operator_who_may(*codenames: str, email: str = "helper@aurous.example") -> User:
    """An operator with these rights and no others."""
    helper = person(email, is_staff=True)
    helper.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    return helper
