"""Durations, hours and days: the part of I18 that is not about money."""

from django.db import connection

from aurous.kernel.tally import sum_sql
from billing.invariants.query import differences
from billing.latency import tally_sql
from billing.usage import SUMS

_BUCKET = 'team_id, api_key_id, model, api_version, status, "user"'
_WHOLE_MINUTE = {
    "postgresql": "date_trunc('minute', {0}, 'UTC')",
    "sqlite": "strftime('%%Y-%%m-%%d %%H:%%M', {0})",
}
_WHOLE_HOUR = {
    "postgresql": "date_trunc('hour', {0}, 'UTC')",
    "sqlite": "strftime('%%Y-%%m-%%d %%H:00', {0})",
}
_WHOLE_DAY = {
    "postgresql": "date_trunc('day', {0}, 'UTC')",
    "sqlite": "strftime('%%Y-%%m-%%d 00:00', {0})",
}

# The bit of a minute in its hour, and of an hour in its day.
_BIT = {
    "postgresql": "1::bigint << EXTRACT({0} FROM minute AT TIME ZONE 'UTC')::int",
    "sqlite": "1 << CAST(strftime('{0}', minute) AS integer)",
}
_PART = {
    ("postgresql", "hour"): "minute",
    ("postgresql", "day"): "hour",
    ("sqlite", "hour"): "%%M",
    ("sqlite", "day"): "%%H",
}


def durations() -> list[str]:
    """Each minute counts in its bins exactly the requests that it counts."""
    vendor = connection.vendor
    tally = sum_sql(vendor, tally_sql(vendor, "created_at", "ended_at"))
    rows = (
        f"SELECT {_BUCKET}, {_WHOLE_MINUTE[vendor].format('created_at')} AS minute, "
        f"{tally} AS of_rows, NULL AS kept FROM {{holds}} WHERE ended_at IS NOT NULL "
        f"AND status NOT IN ('queued', 'running') GROUP BY {_BUCKET}, 7"
    )
    kept = (
        f"SELECT {_BUCKET}, {_WHOLE_MINUTE[vendor].format('minute')} AS minute, NULL, "
        f"{sum_sql(vendor, 'latency')} FROM billing_usagebucket GROUP BY {_BUCKET}, 7"
    )
    return differences(
        f"SELECT team_id, minute, status, api_key_id FROM ({rows} UNION ALL {kept}) z "
        f"GROUP BY {_BUCKET}, minute "
        "HAVING COALESCE(MAX(of_rows), '0') <> COALESCE(MAX(kept), '0')",
        "{0} at {1}: the durations of the bucket and of the requests that were {2} differ ({3})",
    )


def rollups() -> list[str]:
    """Hours and days are the sums of their minutes, and know which of their parts have any."""
    return (
        _differing("hour", "billing_usagerollup", "start", "width = 'hour'")
        + _differing("day", "billing_usagerollup", "start", "width = 'day'")
        + _differing("day", "billing_usageuserday", "day", "true", user='"user"')
        + _differing("day", "billing_usageusertotal", "day", "true", user='"user"', all_in_one=True)
    )


def _differing(
    width: str, table: str, time: str, which: str, *, user: str = "''", all_in_one: bool = False
) -> list[str]:
    vendor = connection.vendor
    whole = (_WHOLE_HOUR if width == "hour" else _WHOLE_DAY)[vendor]
    dimensions = "api_key_id, model, api_version, status"
    # Of the sums that have none of these: the same words on both sides.
    chosen = ", ".join(
        f"'all' AS {name}" if all_in_one else name for name in dimensions.split(", ")
    )
    names, minus = ", ".join(SUMS), ", ".join(f"-{name}" for name in SUMS)
    bit = "0" if all_in_one else _BIT[vendor].format(_PART[vendor, width])
    parts = "0" if all_in_one else "parts"
    both = (
        f"SELECT team_id, {whole.format('minute')} AS start, {user} AS who, {chosen}, {names}, "
        f"latency AS of_minutes, NULL AS kept, {bit} AS had, 0 AS parts "
        "FROM billing_usagebucket UNION ALL "
        f"SELECT team_id, {whole.format(time)}, {user}, {chosen}, {minus}, NULL, latency, "
        f"0, {parts} FROM {table} WHERE {which}"
    )
    unequal = " OR ".join(f"SUM({name}) <> 0" for name in SUMS)
    unequal += " OR BIT_OR(had) <> BIT_OR(parts)"
    sums = [f"COALESCE({sum_sql(vendor, name)}, '0')" for name in ("of_minutes", "kept")]
    return differences(
        f"SELECT team_id, start, status, api_key_id FROM ({both}) z "
        f"GROUP BY team_id, start, who, {dimensions} "
        f"HAVING {unequal} OR {sums[0]} <> {sums[1]}",
        f"{{0}}, the {width} of {{1}}: it and its minutes that were {{2}} differ ({{3}})",
    )
