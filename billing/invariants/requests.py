"""Requests: I6, I7, I8, I9, I19."""

from datetime import timedelta

from django.db import connection

from aurous.kernel.clock import as_sql, database_now
from billing.invariants.query import differences

HOLD_OVERDUE_SECONDS_MAX = 60
CLAIM_UNFINISHED_SECONDS_MAX = 300


def ends() -> list[str]:
    """I6. A settled request that cost something has one transfer; no other request has any."""
    return differences(
        "SELECT h.id, h.status, h.charged, COUNT(t.id) FROM {holds} h LEFT JOIN billing_transfer t "
        "ON t.reference = 'inference:' || h.id GROUP BY h.id, h.status, h.charged HAVING "
        "COUNT(t.id) <> CASE WHEN h.status = 'settled' AND h.charged > 0 THEN 1 ELSE 0 END",
        "{0}: {1}, charged {2}, has {3} transfers",
    ) + differences(
        "SELECT id, status FROM {holds} WHERE (ended_at IS NULL) <> "
        "(status IN ('queued', 'running'))",
        "{0}: {1}, but its end says otherwise",
    )


def within_hold() -> list[str]:
    """I7."""
    return differences(
        "SELECT id, charged, held FROM {holds} WHERE charged > held OR charged < 0",
        "{0}: charged {1}, held {2}",
    )


def prices() -> list[str]:
    """I8. The row, its tokens and price, the transfer, all the same."""
    cost = (
        "(h.tokens_text * h.price_text + h.tokens_visual * h.price_visual"
        " + h.tokens_video * h.price_video)"
    )
    return differences(
        f"SELECT h.id, h.charged, {cost}, t.amount FROM {{holds}} h LEFT JOIN billing_transfer t "
        "ON t.reference = 'inference:' || h.id WHERE h.status = 'settled' AND ("
        f"h.charged <> CASE WHEN h.exempt THEN 0 ELSE {cost} END "
        "OR COALESCE(t.amount, 0) <> h.charged OR COALESCE(t.kind, 'usage') <> 'usage' "
        "OR COALESCE(t.account_id, h.team_id) <> h.team_id "
        "OR (t.id IS NOT NULL AND COALESCE(t.request_id, '') <> h.request_id))",
        "{0}: charged {1}, tokens times price {2}, transfer {3}",
    ) + differences(
        "SELECT t.id, t.reference FROM billing_transfer t LEFT JOIN {holds} h "
        "ON t.reference = 'inference:' || h.id WHERE t.kind = 'usage' AND h.id IS NULL",
        "{0} charges {1}, which does not exist",
    )


def idempotency() -> list[str]:
    """I9. No two charges under one key less than the replay window apart."""
    within_a_day = {
        "postgresql": "created_at < before_ended_at + interval '24 hours'",
        "sqlite": "julianday(created_at) < julianday(before_ended_at) + 1",
    }[connection.vendor]
    # One pass in order, not a join of the table with itself: that would be quadratic.
    over = "OVER (PARTITION BY team_id, idempotency_key ORDER BY created_at, id)"
    return (
        differences(
            "SELECT team_id, before_id, id FROM (SELECT team_id, id, created_at, "
            f"LAG(id) {over} AS before_id, LAG(ended_at) {over} AS before_ended_at FROM {{holds}} "
            "WHERE status = 'settled' AND idempotency_key IS NOT NULL) s "
            f"WHERE before_id IS NOT NULL AND {within_a_day}",
            "{0}: {1} and {2} were both charged under one key",
        )
        + differences(
            "SELECT c.hold_id, h.status FROM accounts_idempotencyclaim c "
            "LEFT JOIN {holds} h ON h.id = c.hold_id "
            "WHERE c.hold_id IS NOT NULL AND (h.id IS NULL "
            "OR (c.completed_at IS NOT NULL AND h.status <> 'settled') "
            "OR (c.completed_at IS NULL AND h.status NOT IN ('queued', 'running')))",
            "the key of {0} does not fit its request ({1})",
        )
        + differences(
            "SELECT id, path FROM accounts_idempotencyclaim WHERE hold_id IS NULL "
            "AND (completed_at IS NULL) <> (reply IS NULL)",
            "the key of {1} (claim {0}) ended without an answer, or has one without an end",
        )
    )


def forgotten() -> list[str]:
    """I19."""
    now = database_now(connection)
    overdue = as_sql(now - timedelta(seconds=HOLD_OVERDUE_SECONDS_MAX))
    unfinished = as_sql(now - timedelta(seconds=CLAIM_UNFINISHED_SECONDS_MAX))
    return differences(
        "SELECT id, deadline_at FROM {holds} WHERE status IN ('queued', 'running') "
        "AND deadline_at < %s",
        "{0} is open past its deadline {1}",
        [overdue],
    ) + differences(
        "SELECT COALESCE(hold_id, path), created_at FROM accounts_idempotencyclaim "
        "WHERE completed_at IS NULL AND created_at < %s",
        "the key of {0} is unfinished since {1}",
        [unfinished],
    )
