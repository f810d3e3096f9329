"""Operators' acts: I20, what one person did or two agreed to, and nothing else."""

from billing.invariants.query import differences

_DONE = "a.state IN ('done', 'approved')"


def acts() -> list[str]:
    """I20. What was done or approved is in the books once and as it was asked for, what waits or
    was refused is not there, and nobody agreed with themselves.
    """
    return _credit() + _refunds() + _alone()


def _credit() -> list[str]:
    """One transfer, or the promise of one where the credit begins later."""
    moved = "CASE WHEN t.credit_id = t.account_id THEN t.amount ELSE -t.amount END"
    return differences(
        "SELECT a.id, a.state, a.credits, t.id, s.id FROM billing_operatoract a "
        "LEFT JOIN billing_transfer t ON t.reference = 'correction:' || a.token "
        "LEFT JOIN billing_scheduledgrant s ON s.reference = 'correction:' || a.token "
        "AND s.grant_id IS NULL WHERE a.kind = 'credit' AND CASE "
        f"WHEN NOT ({_DONE}) THEN t.id IS NOT NULL OR s.id IS NOT NULL "
        f"WHEN t.id IS NOT NULL THEN s.id IS NOT NULL OR {moved} <> a.credits "
        "OR t.account_id <> a.team_id "
        "WHEN s.id IS NOT NULL THEN s.amount <> a.credits OR s.account_id <> a.team_id "
        "ELSE 1 = 1 END",
        "{0} is {1} and of {2}: the books have {3} and the promise {4}",
    )


def _refunds() -> list[str]:
    return differences(
        "SELECT a.id, a.state, a.cents, SUM(COALESCE(r.amount_cents, 0)), COUNT(r.id) "
        "FROM billing_operatoract a LEFT JOIN billing_reversal r "
        "ON r.token = a.token AND r.topup_id = a.topup_id "
        "WHERE a.kind = 'refund' GROUP BY a.id, a.state, a.cents "
        f"HAVING CASE WHEN {_DONE} THEN COUNT(r.id) <> 1 OR SUM(r.amount_cents) <> a.cents "
        "ELSE COUNT(r.id) <> 0 END",
        "{0} is {1} and about {2} cents: {4} refunds of {3}",
    )


def _alone() -> list[str]:
    return differences(
        "SELECT a.id, a.decided_by_id FROM billing_operatoract a "
        "WHERE a.decided_by_id = a.asked_by_id OR (a.state IN ('approved', 'refused') "
        "AND a.decided_by_id IS NULL)",
        "{0} was decided by {1}, who asked for it, or by nobody",
    )
