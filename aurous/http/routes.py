"""Routes by their pattern: the few names that metrics, logs and version changes know them by."""

import re
from functools import lru_cache

from django.http import HttpRequest

UNKNOWN = "unknown"
_PARAMETER = re.compile(r"<(?:[^:>]*:)?([^>]+)>")


def route_of(request: HttpRequest) -> str:
    """The pattern that a request matched, as ``/v1/keys/{key_id}``, or ``unknown``."""
    match = request.resolver_match
    return _readable(match.route) if match is not None else UNKNOWN


@lru_cache(maxsize=1024)
def _readable(route: str) -> str:
    return "/" + _PARAMETER.sub(r"{\1}", route).lstrip("^/").rstrip("$")
