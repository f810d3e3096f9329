"""Pure: what an endpoint may consist of, checked field by field before it is stored."""

from collections.abc import Callable, Mapping
from typing import Any

from django.conf import settings

from accounts import validation
from aurous.kernel.errors import AurousError
from aurous.kernel.outbound.errors import UrlMalformed, UrlRefused
from aurous.kernel.outbound.urls import parse_target
from billing.models.webhook_endpoints import DESCRIPTION_CHARACTERS_MAX, URL_CHARACTERS_MAX
from billing.webhooks.event_types import ALL, EventType

EVENTS_MAX = 32  # in one list, repetitions included


def checked(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields as columns hold them. Raises ``invalid_format`` or ``value_out_of_range``."""
    return {name: _CHECKS[name](value) for name, value in fields.items()}


def without_query(url: str) -> str:
    """A URL without what may be a secret in it: for the audit log."""
    return url.partition("?")[0].partition("#")[0]


def _url(value: Any) -> str:
    url = validation.text(value, param="url", characters_max=URL_CHARACTERS_MAX)
    try:
        parse_target(url, local_hosts=settings.AUROUS_WEBHOOK_DEV_HOSTS)
    except UrlMalformed as error:
        raise AurousError("invalid_format", str(error), param="url") from error
    except UrlRefused as error:
        raise AurousError("value_out_of_range", str(error), param="url") from error
    return url


def _events(value: Any) -> list[str]:
    if not isinstance(value, list):
        raise AurousError("invalid_format", "events must be a list of texts.", param="events")
    if not 1 <= len(value) <= EVENTS_MAX:
        raise AurousError(
            "value_out_of_range",
            f'events has {len(value)} items; it must have 1 to {EVENTS_MAX}. Use ["*"] for all.',
            param="events",
        )
    known = (ALL, *EventType.values)
    chosen = {
        validation.choice(item, param=f"events[{index}]", among=known)
        for index, item in enumerate(value)
    }
    return [ALL] if ALL in chosen else [type_ for type_ in EventType.values if type_ in chosen]


def _description(value: Any) -> str:
    if value == "":
        return ""
    return validation.text(value, param="description", characters_max=DESCRIPTION_CHARACTERS_MAX)


_CHECKS: dict[str, Callable[[Any], Any]] = {
    "url": _url,
    "events": _events,
    "description": _description,
}
