"""Which versions and routes are on their way out, and the headers that say so.

RFC 9745 (``Deprecation``), RFC 8594 (``Sunset``), and links to a page with the words.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime

from django.conf import settings


@dataclass(frozen=True, slots=True)
class Deprecation:
    """Both moments are in UTC. ``page`` is a path on this installation or a whole address.

    ``sunset_at`` None: deprecated, and no end is planned yet.
    """

    since: datetime
    page: str
    sunset_at: datetime | None = None


# By version, and by operation as in "GET /v1/models". None is deprecated today.
VERSIONS: dict[str, Deprecation] = {}
ROUTES: dict[str, Deprecation] = {}


def found(version: str, operation: str) -> list[Deprecation]:
    """What applies to an operation under a version."""
    both = (VERSIONS.get(version), ROUTES.get(operation))
    return [one for one in both if one is not None]


def headers_of(version: str, operation: str) -> Mapping[str, str]:
    """The headers of an answer; none where nothing is deprecated. The earliest dates count."""
    those = found(version, operation)
    if not those:
        return {}
    headers = {
        "Deprecation": f"@{int(min(one.since for one in those).timestamp())}",
        "Link": ", ".join(link for one in those for link in _links(one)),
    }
    sunsets = [one.sunset_at for one in those if one.sunset_at is not None]
    if sunsets:
        headers["Sunset"] = format_datetime(min(sunsets), usegmt=True)
    return headers


def _links(one: Deprecation) -> list[str]:
    address = settings.AUROUS_PUBLIC_URL + one.page if one.page.startswith("/") else one.page
    relations = ["deprecation", "sunset"] if one.sunset_at is not None else ["deprecation"]
    return [f'<{address}>; rel="{relation}"; type="text/html"' for relation in relations]
