"""Usage buckets: sums by the minute, written with each end of a request."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from aurous.kernel.rowset import insert_rows
from billing.models import UsageBucket
from billing.pricing import Cost, Tokens

_KEY = ("team_id", "minute", "api_key_id", "model", "api_version", "status", "user")
_SUMS = (
    "requests",
    "tokens_text",
    "tokens_visual",
    "tokens_video",
    "charged_text",
    "charged_visual",
    "charged_video",
)
_UPSERT = (
    'ON CONFLICT (team_id, minute, api_key_id, model, api_version, status, "user") DO UPDATE SET '
    + ", ".join(f"{name} = billing_usagebucket.{name} + excluded.{name}" for name in _SUMS)
)


@dataclass(frozen=True, slots=True)
class Ended:
    """One request that ended: where it is counted and what it counts."""

    team_id: str
    api_key_id: str
    model: str
    api_version: str
    status: str
    user: str
    created_at: datetime
    tokens: Tokens
    charged: Cost


def count(ended: Iterable[Ended]) -> None:
    """Add these requests to their buckets, in one statement."""
    sums: dict[tuple[Any, ...], list[int]] = defaultdict(lambda: [0] * len(_SUMS))
    for one in ended:
        minute = one.created_at.replace(second=0, microsecond=0)
        where = (
            one.team_id,
            minute,
            one.api_key_id,
            one.model,
            one.api_version,
            one.status,
            one.user,
        )
        tokens, charged = one.tokens, one.charged
        values = (
            1,
            tokens.text,
            tokens.visual,
            tokens.video,
            charged.text,
            charged.visual,
            charged.video,
        )
        sums[where] = [a + b for a, b in zip(sums[where], values, strict=True)]
    rows = [
        dict(zip(_KEY, where, strict=True)) | dict(zip(_SUMS, values, strict=True))
        for where, values in sums.items()
    ]
    insert_rows(connection, UsageBucket, rows, _UPSERT)
