"""Balances: I1, I2, I4, I5."""

from billing.invariants.query import differences

_SIGNED = "CASE WHEN t.credit_id = a.id THEN t.amount ELSE -t.amount END"


def posted() -> list[str]:
    """I1. Counts a transfer on either side, not by the account column alone."""
    return differences(
        f"SELECT a.id, a.posted, COALESCE(SUM({_SIGNED}), 0) FROM billing_account a "
        "LEFT JOIN billing_transfer t ON t.account_id = a.id WHERE a.team_id IS NOT NULL "
        f"GROUP BY a.id, a.posted HAVING a.posted <> COALESCE(SUM({_SIGNED}), 0)",
        "{0}: posted is {1}, its transfers add up to {2}",
    ) + differences(
        "SELECT id, reference FROM billing_transfer WHERE account_id NOT IN (debit_id, credit_id) "
        "OR amount <= 0 OR debit_id = credit_id",
        "{0} ({1}) is no transfer of its account",
    )


def zero_sum() -> list[str]:
    """I2. What the teams have is what the system accounts gave, less what they took."""
    return differences(
        "SELECT teams.total, system.total FROM "
        "(SELECT COALESCE(SUM(posted), 0) AS total FROM billing_account "
        "WHERE team_id IS NOT NULL) teams, "
        "(SELECT COALESCE(SUM(CASE WHEN d.team_id IS NULL THEN t.amount ELSE 0 END) - "
        "SUM(CASE WHEN c.team_id IS NULL THEN t.amount ELSE 0 END), 0) AS total "
        "FROM billing_transfer t JOIN billing_account d ON d.id = t.debit_id "
        "JOIN billing_account c ON c.id = t.credit_id) system WHERE teams.total <> system.total",
        "teams have {0}, the system accounts gave {1}",
    )


def floors() -> list[str]:
    """I4."""
    return differences(
        "SELECT id, posted, held, floor FROM billing_account "
        "WHERE held < 0 OR open_count < 0 OR posted - held < floor",
        "{0}: posted {1}, held {2}, floor {3}",
    )


def holds() -> list[str]:
    """I5, and that the count of running requests is right."""
    return differences(
        "SELECT a.id, a.held, a.open_count, COALESCE(o.held, 0), COALESCE(o.number, 0) "
        "FROM billing_account a LEFT JOIN (SELECT team_id, SUM(held) AS held, COUNT(*) AS number "
        "FROM {holds} WHERE status IN ('queued', 'running') GROUP BY team_id) o "
        "ON o.team_id = a.team_id WHERE a.team_id IS NOT NULL "
        "AND (a.held <> COALESCE(o.held, 0) OR a.open_count <> COALESCE(o.number, 0))",
        "{0}: held {1} by {2} requests, the open rows hold {3} by {4}",
    )
