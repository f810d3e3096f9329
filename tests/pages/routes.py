"""Every route outside the API and the admin: who may meet it. A new one without a row fails."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, get_resolver

from tests.pages.rows import Rows

Kwargs = Callable[[Rows], dict[str, Any]]
NOT_OURS = ("admin/", "static/")


@dataclass(frozen=True)
class Route:
    """A route as the URL configuration has it."""

    name: str
    path: str
    view: Any

    @property
    def of_a_team(self) -> bool:
        """Whether it is behind the door."""
        return self.path.startswith("t/<str:team_id>/")


def routes() -> Iterator[Route]:
    """All of them but the admin's."""
    for prefix, pattern in _walk("", get_resolver().url_patterns):
        path = prefix + str(pattern.pattern)
        if not path.startswith(NOT_OURS):
            yield Route(pattern.name or path, path, pattern.callback)


def _walk(prefix: str, patterns: Any) -> Iterator[tuple[str, URLPattern]]:
    for one in patterns:
        if isinstance(one, URLPattern):
            yield prefix, one
        else:
            yield from _walk(prefix + str(one.pattern), one.url_patterns)


# What stands in the path of a team's route beside the team, for a row of Acme's.
OBJECTS: dict[str, Kwargs] = {}
# Anybody may see these.
PUBLIC = {
    "health/live",
    "health/ready",
    "metrics",
    "errors",
    "verify_statement.py",
    "preferences",
    "stripe_webhook",  # whoever signs; tests/billing/stripe asks it
}
PUBLIC_PREFIXES = (
    "docs",
    "llms",
    "errors",
    "account/",
)  # allauth decides for itself; tests/accounts asks it
# Whoever is logged in may see these, and sees their own.
OF_A_PERSON = {"home", "new-team", "security"}
