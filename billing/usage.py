"""Usage: sums by the minute, hour and day, written with each end of a request."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db import connection

from aurous.kernel.rowset import insert_rows
from aurous.kernel.tally import add_sql, text_of
from billing.latency import bin_of, took_ms
from billing.models import UsageBucket, UsageRollup, UsageUserDay, UsageUserTotal
from billing.models.usage import Sums
from billing.pricing import Cost, Tokens

_GROUPED_BY = ("api_key_id", "model", "api_version", "status")
SUMS = (
    "requests",
    "tokens_text",
    "tokens_visual",
    "tokens_video",
    "charged_text",
    "charged_visual",
    "charged_video",
)
_MINUTE_KEY = ("team_id", "minute", *_GROUPED_BY, "user")
_ROLLUP_KEY = ("team_id", "width", "start", *_GROUPED_BY)
_USER_DAY_KEY = ("team_id", "day", "user", *_GROUPED_BY)
_USER_TOTAL_KEY = ("team_id", "day", "user")
_HAVE_PARTS = (UsageRollup, UsageUserDay)
_HOUR, _DAY = UsageRollup.Width.HOUR.value, UsageRollup.Width.DAY.value

_Key = tuple[Any, ...]
# How many in each bin of latency, which parts of the period had any, then what SUMS names.
_Sum = tuple[Any, ...]


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
    ended_at: datetime
    tokens: Tokens
    charged: Cost


def count(ended: Iterable[Ended]) -> None:
    """Add these requests to their minutes, hours, days and users' days, in four statements."""
    minutes: dict[_Key, _Sum] = {}
    for one in ended:
        minute = one.created_at.replace(second=0, microsecond=0)
        grouped = (one.api_key_id, one.model, one.api_version, one.status)
        _add(minutes, (one.team_id, minute, *grouped, one.user), _of_one(one))
    rollups: dict[_Key, _Sum] = {}
    user_days: dict[_Key, _Sum] = {}
    user_totals: dict[_Key, _Sum] = {}
    for where, total in minutes.items():
        team_id, minute, *dimensions, user = where
        hour, day = _hour_and_day(minute)
        of_hour, of_day = 1 << minute.minute, 1 << minute.hour
        _add(rollups, (team_id, _HOUR, hour, *dimensions), total, of_hour)
        _add(rollups, (team_id, _DAY, day, *dimensions), total, of_day)
        _add(user_days, (team_id, day, user, *dimensions), total, of_day)
        _add(user_totals, (team_id, day, user), total)
    _write(UsageBucket, _MINUTE_KEY, minutes)
    _write(UsageRollup, _ROLLUP_KEY, rollups)
    _write(UsageUserDay, _USER_DAY_KEY, user_days)
    _write(UsageUserTotal, _USER_TOTAL_KEY, user_totals)


def _of_one(one: Ended) -> _Sum:
    tokens, charged = one.tokens, one.charged
    return (
        {bin_of(took_ms(one.created_at, one.ended_at)): 1},
        0,
        1,
        tokens.text,
        tokens.visual,
        tokens.video,
        charged.text,
        charged.visual,
        charged.video,
    )


def _add(sums: dict[_Key, _Sum], where: _Key, more: _Sum, part: int = 0) -> None:
    """Most rows get one addition: its bins are taken as they are, and copied only when there is
    another. ``part`` is the bit of the part of the period that it is from; a minute has none.
    """
    total = sums.get(where)
    if total is None:
        sums[where] = (more[0], part, *more[2:])
        return
    bins = dict(total[0])
    for number, times in more[0].items():
        bins[number] = bins.get(number, 0) + times
    sums[where] = (bins, total[1] | part, *map(int.__add__, total[2:], more[2:]))


@lru_cache(maxsize=64)
def _hour_and_day(minute: datetime) -> tuple[datetime, datetime]:
    hour = minute.replace(minute=0)
    return hour, hour.replace(hour=0)


def _write(model: type[Sums], key: tuple[str, ...], sums: dict[_Key, _Sum]) -> None:
    has_parts = model in _HAVE_PARTS
    columns = (*key, "latency", *(["parts"] if has_parts else []), *SUMS)
    kept = 1 if has_parts else 2  # where the columns after the latency begin
    rows = [
        dict(zip(columns, (*where, text_of(total[0]), *total[kept:]), strict=True))
        for where, total in sums.items()
    ]
    insert_rows(connection, model, rows, _upsert(model, key, has_parts))


@lru_cache(maxsize=4)
def _upsert(model: type[Sums], key: tuple[str, ...], has_parts: bool) -> str:
    table = model._meta.db_table
    keys = ", ".join(f'"{name}"' for name in key)
    sets = [f"{name} = {table}.{name} + excluded.{name}" for name in SUMS]
    if has_parts:
        sets.append(f"parts = {table}.parts | excluded.parts")
    latency = add_sql(connection.vendor, f"{table}.latency", "excluded.latency")
    return f"ON CONFLICT ({keys}) DO UPDATE SET {', '.join(sets)}, latency = {latency}"
