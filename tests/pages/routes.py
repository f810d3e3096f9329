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


def _key(rows: Rows) -> dict[str, Any]:
    return {"key_id": rows.key_id}


def _member(rows: Rows) -> dict[str, Any]:
    return {"user_id": rows.member_id}


def _invitation(rows: Rows) -> dict[str, Any]:
    return {"invitation_id": rows.invitation_id}


def _endpoint(rows: Rows) -> dict[str, Any]:
    return {"endpoint_id": rows.endpoint_id}


def _delivery(rows: Rows) -> dict[str, Any]:
    return {"endpoint_id": rows.endpoint_id, "delivery_id": rows.delivery_id}


def _topup(rows: Rows) -> dict[str, Any]:
    return {"topup_id": rows.topup_id}


OBJECTS: dict[str, Kwargs] = {
    "billing-payment": _topup,
    "billing-payment-done": _topup,
    "billing-payment-left": _topup,
    "billing-payment-resume": _topup,
    "billing-payment-drop": _topup,
    "keys-one": _key,
    "keys-edit": _key,
    "keys-roll": _key,
    "keys-revoke": _key,
    "members-one": _member,
    "members-remove": _member,
    "members-resend": _invitation,
    "members-revoke": _invitation,
    "requests-one": lambda rows: {"request_id": rows.inference_id},
    "webhooks-one": _endpoint,
    "webhooks-edit": _endpoint,
    "webhooks-test": _endpoint,
    "webhooks-state": _endpoint,
    "webhooks-roll": _endpoint,
    "webhooks-delete": _endpoint,
    "webhooks-delivery": _delivery,
    "webhooks-resend": _delivery,
}
# Anybody may see these.
PUBLIC = {
    "health/live",
    "health/ready",
    "metrics",
    "errors",
    "verify_statement.py",
    "favicon.ico",
    "t/<str:team_id>",  # to the door, with a slash
    "preferences",
    "visit-end",  # whoever carries a visit; tests/admin/test_visits.py asks it
    "dev-mails",  # in development; tests/aurous/test_dev_mails.py asks it
    "dev-mail",
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
# Whoever has the link may see it: tests/pages/test_invitations.py, tests/admin/test_visits.py.
WITH_A_TOKEN = {"invitation", "visit"}
