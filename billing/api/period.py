"""``start_time`` and ``end_time`` of lists and exports: neither is required."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from aurous.http.query import moment_or_none
from aurous.kernel.errors import AurousError

_MOMENT = {"type": "string", "format": "date-time"}
PERIOD_QUERY: Mapping[str, Any] = {"start_time": _MOMENT, "end_time": _MOMENT}


def period_of(query: Mapping[str, str]) -> tuple[datetime | None, datetime | None]:
    """From the first to before the second. Raises ``invalid_format``, ``value_out_of_range``."""
    since = moment_or_none(query, "start_time")
    before = moment_or_none(query, "end_time")
    if since is not None and before is not None and before <= since:
        raise AurousError(
            "value_out_of_range", "end_time must be later than start_time.", param="end_time"
        )
    return since, before
