"""Every page that there is to see: of teams, of people, and those that anybody may open."""

from dataclasses import dataclass

from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests.pages.routes import OBJECTS, OF_A_PERSON, routes
from tests.pages.rows import Rows

OF_NOBODY = {
    "log-in": "/account/login/",
    "sign-up": "/account/signup/",
    "password-reset": "/account/password/reset/",
}
OF_A_TEAM = [route.name for route in routes() if route.of_a_team]
NAMES = [*OF_A_TEAM, *sorted(OF_A_PERSON), *OF_NOBODY]


@dataclass(frozen=True)
class Place:
    """A page and who looks at it; ``user`` None is somebody who is not logged in."""

    name: str
    path: str
    user: User | None


def place(name: str, rows: Rows) -> Place:
    """Where a page is for the owner of the team with these rows."""
    if name in OF_NOBODY:
        return Place(name, OF_NOBODY[name], None)
    if name in OF_A_PERSON:
        return Place(name, reverse(name), rows.people["owner"])
    more = OBJECTS[name](rows) if name in OBJECTS else {}
    path = reverse(name, kwargs={"team_id": rows.team_id, **more})
    return Place(name, path, rows.people["owner"])


def html_of(one: Place) -> str | None:
    """The page; None where there is a download, or nothing to be got."""
    client = Client()
    if one.user:
        client.force_login(one.user)
    answer = client.get(one.path, follow=True)
    if answer.status_code == 405 or "text/html" not in answer["Content-Type"]:
        return None
    assert answer.status_code == 200, (one, answer.status_code)
    return answer.text


def places(rows: Rows) -> list[Place]:
    """All that show something."""
    found = [place(name, rows) for name in NAMES if name != "home"]
    return [one for one in found if html_of(one) is not None]
