"""Sums kept beside the ledger: I17 and I18."""

from django.db import connection

from billing.invariants.query import differences

_MODALITIES = ("text", "visual", "video")
_SUMS = (
    "requests",
    *(f"tokens_{modality}" for modality in _MODALITIES),
    *(f"charged_{modality}" for modality in _MODALITIES),
)
_BUCKET = 'team_id, api_key_id, model, api_version, status, "user"'
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
    by_month = (
        "SELECT api_key_id, MAX(used) AS day_most, SUM(used) AS month_used FROM billing_keyday "
        "GROUP BY api_key_id, substr(CAST(day AS text), 1, 7)"
    )
    by_key = (
        "SELECT api_key_id, MAX(day_most) AS day_most, MAX(month_used) AS month_most, "
        f"SUM(month_used) AS total FROM ({by_month}) m GROUP BY api_key_id"
    )
    return differences(
        "SELECT k.id, u.day_most, k.limit_day_nano, u.month_most, k.limit_month_nano, u.total, "
        f"k.limit_total_nano FROM accounts_apikey k JOIN ({by_key}) u ON u.api_key_id = k.id "
        "WHERE (u.day_most > k.limit_day_nano OR u.month_most > k.limit_month_nano "
        "OR u.total > k.limit_total_nano) AND NOT EXISTS (SELECT 1 FROM accounts_auditevent e "
        "WHERE e.target = k.id AND e.action = 'key.changed' "
        "AND CAST(e.data AS text) LIKE '%%limit_%%')",
        "{0} used {1} on a day (limit {2}), {3} in a month ({4}), {5} in all ({6})",
    )


def totals() -> list[str]:
    """I18. By the bucket what the requests say, by team what the ledger says."""
    sums = ", ".join(f"SUM({name}) AS {name}" for name in _SUMS)
    buckets = (
        f"SELECT {_BUCKET}, {_BUCKET_MINUTE[connection.vendor]} AS minute, {sums} "
        f"FROM billing_usagebucket GROUP BY {_BUCKET}, 7"
    )
    costs = ", ".join(
        f"SUM(CASE WHEN status = 'settled' AND NOT exempt THEN tokens_{m} * price_{m} ELSE 0 END) "
        f"AS charged_{m}"
        for m in _MODALITIES
    )
    tokens = ", ".join(f"SUM(tokens_{m}) AS tokens_{m}" for m in _MODALITIES)
    rows = (
        f"SELECT {_BUCKET}, {_MINUTE[connection.vendor]} AS minute, COUNT(*) AS requests, "
        f"{tokens}, {costs} FROM {{holds}} WHERE status NOT IN ('queued', 'running') "
        f"GROUP BY {_BUCKET}, 7"
    )
    names = ", ".join(_SUMS)
    minus = ", ".join(f"-{name}" for name in _SUMS)
    unequal = " OR ".join(f"SUM({name}) <> 0" for name in _SUMS)
    both = (
        f"SELECT team_id, minute, status, api_key_id FROM (SELECT {_BUCKET}, minute, {names} "
        f"FROM ({buckets}) x UNION ALL SELECT {_BUCKET}, minute, {minus} FROM ({rows}) y) z "
        f"GROUP BY {_BUCKET}, minute HAVING {unequal}"
    )
    return differences(
        both, "{0} at {1}: the bucket and the requests that were {2} differ ({3})"
    ) + (_bucket_and_ledger())


def _bucket_and_ledger() -> list[str]:
    return differences(
        "SELECT team_id, SUM(bucket), SUM(ledger) FROM (SELECT team_id, charged_text + "
        "charged_visual + charged_video AS bucket, 0 AS ledger FROM billing_usagebucket "
        "UNION ALL SELECT account_id, 0, amount FROM billing_transfer WHERE kind = 'usage') z "
        "GROUP BY team_id HAVING SUM(bucket) <> SUM(ledger)",
        "{0}: the buckets charged {1}, the ledger {2}",
    )
