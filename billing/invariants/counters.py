"""Sums kept beside the ledger: I17 and I18."""

from django.db import connection

from aurous.kernel.clock import database_now
from billing.invariants.query import differences
from billing.key_limits import day_of

_SUMS = ("requests", "tokens_text", "tokens_visual", "tokens_video", "charged")
_DAY = {"postgresql": "date_trunc('day', created_at, 'UTC')", "sqlite": "date(created_at)"}
_KEY_DAY = {"postgresql": "day", "sqlite": "date(day)"}
_MINUTE = {
    "postgresql": "date_trunc('minute', created_at, 'UTC')",
    "sqlite": "strftime('%%Y-%%m-%%d %%H:%%M', created_at)",
}
_BUCKET_MINUTE = {"postgresql": "minute", "sqlite": "strftime('%%Y-%%m-%%d %%H:%%M', minute)"}


def keys() -> list[str]:
    """I17. What a key used on a day is what its requests hold or were charged, both ways."""
    rows = (
        f"SELECT team_id, api_key_id, {_DAY[connection.vendor]} AS day, "
        "SUM(CASE WHEN status IN ('queued', 'running') THEN held ELSE charged END) AS used "
        "FROM {holds} GROUP BY 1, 2, 3"
    )
    kept = (
        f"SELECT team_id, api_key_id, {_KEY_DAY[connection.vendor]} AS day, used "
        "FROM billing_keyday"
    )
    both = (
        f"SELECT api_key_id, day, SUM(of_rows), SUM(kept) FROM (SELECT team_id, api_key_id, day, "
        f"used AS of_rows, 0 AS kept FROM ({rows}) x UNION ALL SELECT team_id, api_key_id, day, "
        f"0, used FROM ({kept}) y) z GROUP BY team_id, api_key_id, day "
        "HAVING SUM(of_rows) <> SUM(kept)"
    )
    return differences(both, "{0} on {1}: requests {2}, counted {3}") + _over_limit()


def _over_limit() -> list[str]:
    """A limit that was lowered below what is spent is not a difference; new holds are."""
    today = day_of(database_now(connection))
    return differences(
        "SELECT k.id, k.limit_day_nano, d.used FROM accounts_apikey k "
        "JOIN billing_keyday d ON d.api_key_id = k.id AND d.day = %s "
        "WHERE d.used > k.limit_day_nano AND k.limit_day_nano IS NOT NULL "
        "AND NOT EXISTS (SELECT 1 FROM accounts_auditevent e WHERE e.target = k.id "
        "AND e.action LIKE 'api_key.limits%%')",
        "{0} may use {1} a day and used {2}",
        [today],
    )


def totals() -> list[str]:
    """I18. By the minute the buckets say what the requests say; by team what the ledger says."""
    kept_sums = ", ".join(f"SUM({n}) AS {n}" for n in _SUMS[:-1])
    charged = "SUM(charged_text + charged_visual + charged_video) AS charged"
    buckets = (
        f"SELECT team_id, {_BUCKET_MINUTE[connection.vendor]} AS minute, status, {kept_sums}, "
        f"{charged} FROM billing_usagebucket GROUP BY 1, 2, 3"
    )
    rows = (
        f"SELECT team_id, {_MINUTE[connection.vendor]} AS minute, status, COUNT(*) AS requests, "
        "SUM(tokens_text) AS tokens_text, SUM(tokens_visual) AS tokens_visual, "
        "SUM(tokens_video) AS tokens_video, SUM(charged) AS charged FROM {holds} "
        "WHERE status NOT IN ('queued', 'running') GROUP BY 1, 2, 3"
    )
    names = ", ".join(_SUMS)
    minus = ", ".join(f"-{name}" for name in _SUMS)
    unequal = " OR ".join(f"SUM({name}) <> 0" for name in _SUMS)
    both = (
        f"SELECT team_id, minute, status FROM (SELECT team_id, minute, status, {names} "
        f"FROM ({buckets}) x UNION ALL SELECT team_id, minute, status, {minus} FROM ({rows}) y) z "
        f"GROUP BY team_id, minute, status HAVING {unequal}"
    )
    return differences(both, "{0} at {1}: the bucket and the requests that were {2} differ") + (
        _bucket_and_ledger()
    )


def _bucket_and_ledger() -> list[str]:
    return differences(
        "SELECT team_id, SUM(bucket), SUM(ledger) FROM (SELECT team_id, charged_text + "
        "charged_visual + charged_video AS bucket, 0 AS ledger FROM billing_usagebucket "
        "UNION ALL SELECT account_id, 0, amount FROM billing_transfer WHERE kind = 'usage') z "
        "GROUP BY team_id HAVING SUM(bucket) <> SUM(ledger)",
        "{0}: the buckets charged {1}, the ledger {2}",
    )
