"""Scheduled grants: the part of I10 about credit that begins later."""

from billing.invariants.query import differences

_NEVER = "'9999-12-31'"


def kept() -> list[str]:
    """I10. Nothing is posted before it begins, what began is what was promised, what waits moved
    nothing, and no account will overlook a beginning.
    """
    return _early() + _other_than_promised() + _posted_and_waiting() + _overlooked()


def _early() -> list[str]:
    return differences(
        "SELECT g.account_id, g.id, g.effective_at, t.recorded_at FROM billing_grant g "
        "JOIN billing_transfer t ON t.id = g.transfer_id WHERE t.recorded_at < g.effective_at",
        "{0}: {1} begins at {2} and was posted at {3}",
    )


def _other_than_promised() -> list[str]:
    return differences(
        "SELECT s.account_id, s.id, g.id FROM billing_scheduledgrant s "
        "JOIN billing_grant g ON g.id = s.grant_id JOIN billing_transfer t ON t.id = g.transfer_id "
        "WHERE g.account_id <> s.account_id OR g.amount <> s.amount OR g.kind <> s.kind "
        "OR g.priority <> s.priority OR g.effective_at <> s.effective_at "
        f"OR COALESCE(g.expires_at, {_NEVER}) <> COALESCE(s.expires_at, {_NEVER}) "
        "OR t.reference <> s.reference OR t.kind <> s.transfer_kind OR t.debit_id <> s.other",
        "{0}: {1} promised something else than {2} is",
    )


def _posted_and_waiting() -> list[str]:
    return differences(
        "SELECT s.account_id, s.id, t.id FROM billing_scheduledgrant s "
        "JOIN billing_transfer t ON t.reference = s.reference WHERE s.grant_id IS NULL",
        "{0}: {1} has not begun, and {2} posted it",
    )


def _overlooked() -> list[str]:
    return differences(
        "SELECT a.id, a.next_grant_at, MIN(s.effective_at) FROM billing_account a "
        "JOIN billing_scheduledgrant s ON s.account_id = a.id "
        "AND s.grant_id IS NULL AND s.cancelled_at IS NULL GROUP BY a.id, a.next_grant_at "
        f"HAVING MIN(s.effective_at) < COALESCE(a.next_grant_at, {_NEVER})",
        "{0}: expects the next grant at {1}, one begins at {2}",
    )
