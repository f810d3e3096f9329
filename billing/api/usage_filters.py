"""The query parameters by which usage is narrowed, shared by its buckets, events and exports."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings

from aurous.http.exchange import ApiRequest
from aurous.http.query import VALUES_MAX, many_of
from aurous.kernel.ids import id_length
from billing.models import HoldStatus

ENDS = (HoldStatus.SETTLED.value, HoldStatus.RELEASED.value, HoldStatus.FAILED.value)
# Each parameter with the dimension that it narrows. They repeat, and any of the values will do.
FILTERS: Mapping[str, str] = {
    "models[]": "model",
    "api_key_ids[]": "api_key_id",
    "statuses[]": "status",
    "users[]": "user",
    "versions[]": "version",
}
_CHARACTERS_MAX = {
    "model": settings.MODEL_CHARACTERS_MAX,
    "api_key_id": id_length("key"),
    "status": 8,
    "user": settings.USER_CHARACTERS_MAX,
    "version": 10,
}


def filters_of(request: ApiRequest, *, statuses: tuple[str, ...]) -> dict[str, list[str]]:
    """Dimensions with their wanted values; only those that are narrowed.

    Raises ``invalid_format``, ``value_out_of_range``.
    """
    found = {}
    for name, dimension in FILTERS.items():
        allowed = statuses if dimension == "status" else ()
        values = many_of(request, name, allowed=allowed, characters_max=_CHARACTERS_MAX[dimension])
        if values:
            found[dimension] = values
    return found


def filters_schema(statuses: tuple[str, ...]) -> dict[str, Any]:
    """The same for the document."""
    made: dict[str, Any] = {}
    for name, dimension in FILTERS.items():
        words = {"type": "string", "minLength": 1, "maxLength": _CHARACTERS_MAX[dimension]}
        items = {"enum": list(statuses)} if dimension == "status" else words
        made[name] = {"type": "array", "items": items, "maxItems": VALUES_MAX, "uniqueItems": True}
    return made
