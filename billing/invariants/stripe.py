"""What Stripe's objects did to the books: I12, I13, I16, as far as the database knows.

Whether Stripe has the same objects is asked of Stripe itself, by ``reconcile``.
"""

from billing.invariants.query import differences

_MOVED = "SUM(CASE WHEN t.credit_id = t.account_id THEN -t.amount ELSE t.amount END)"


def sums() -> list[str]:
    """I12. Each top-up's credit, less what each reversal took, is what the ledger moved."""
    return (
        differences(
            "SELECT u.id, u.status, u.credits, COALESCE(t.amount, 0) FROM billing_topup u "
            "LEFT JOIN billing_transfer t ON t.reference = 'topup:' || u.id "
            "WHERE (u.status = 'succeeded' AND (t.id IS NULL OR t.amount <> u.credits "
            "OR t.account_id <> u.team_id OR t.debit_id <> 'stripe_clearing')) "
            "OR (u.status <> 'succeeded' AND t.id IS NOT NULL)",
            "{0} is {1} and worth {2}; the ledger has {3} of it",
        )
        + differences(
            "SELECT t.id, t.reference FROM billing_transfer t "
            "LEFT JOIN billing_topup u ON t.reference = 'topup:' || u.id "
            "WHERE t.debit_id = 'stripe_clearing' AND u.id IS NULL",
            "{0} ({1}) gave credit for no top-up",
        )
        + differences(
            f"SELECT r.id, r.effect, r.credits, COALESCE({_MOVED}, 0), "
            "COALESCE(MAX(d.remaining), 0) FROM billing_reversal r "
            "LEFT JOIN billing_reversaltransfer rt ON rt.reversal_id = r.id "
            "LEFT JOIN billing_transfer t ON t.id = rt.transfer_id "
            "LEFT JOIN billing_debt d ON d.reversal_id = r.id GROUP BY r.id, r.effect, r.credits "
            f"HAVING COALESCE({_MOVED}, 0) + COALESCE(MAX(d.remaining), 0) <> "
            "CASE WHEN r.effect = 'taken' THEN r.credits ELSE 0 END",
            "{0} is {1} and worth {2}; {3} was taken and {4} is owed",
        )
        + differences(
            "SELECT t.id, t.reference FROM billing_transfer t "
            "LEFT JOIN billing_reversaltransfer rt ON rt.transfer_id = t.id "
            "WHERE t.kind IN ('refund', 'dispute') AND rt.transfer_id IS NULL "
            "AND t.reference NOT LIKE 'lost_reply:%%'",
            "{0} ({1}) belongs to no reversal",
        )
    )


def single_effects() -> list[str]:
    """I13. A payment is of one top-up, a grant of one; a reversal took once and gave back once."""
    return differences(
        "SELECT u.id, u.charge_id FROM billing_topup u JOIN billing_topup v "
        "ON v.charge_id = u.charge_id AND v.id > u.id",
        "{0}: its charge {1} is also that of another top-up",
    ) + differences(
        "SELECT rt.reversal_id, COUNT(*) FROM billing_reversaltransfer rt JOIN billing_transfer t "
        "ON t.id = rt.transfer_id WHERE t.reference NOT LIKE 'debt:%%' GROUP BY rt.reversal_id, "
        "CASE WHEN t.credit_id = t.account_id THEN 1 ELSE 0 END HAVING COUNT(*) > 1",
        "{0} moved credit {1} times in one direction",
    )


def events() -> list[str]:
    """I16. No event that was handled says that something was paid, refunded or withdrawn which
    the books do not know, unless a person was asked to look.
    """
    return differences(
        "SELECT e.id, e.type, u.id, u.status FROM billing_stripeevent e JOIN billing_topup u "
        "ON u.checkout_id = e.object_id OR u.payment_id = e.object_id "
        "WHERE e.handled_at IS NOT NULL AND u.status <> 'succeeded' AND e.type IN "
        "('checkout.session.async_payment_succeeded', 'payment_intent.succeeded') "
        "AND u.checkout_id IS NOT NULL "
        "AND NOT EXISTS (SELECT 1 FROM billing_paymentexception x WHERE x.object_id = u.id)",
        "{0} ({1}) was handled and {2} is {3}",
    ) + differences(
        "SELECT e.id, e.type, r.id, r.effect FROM billing_stripeevent e JOIN billing_reversal r "
        "ON r.stripe_id = e.object_id WHERE e.handled_at IS NOT NULL AND ("
        "(e.type = 'charge.dispute.funds_withdrawn' AND r.effect = 'none') "
        "OR (e.type = 'charge.dispute.funds_reinstated' AND r.effect <> 'returned') "
        "OR (e.type = 'refund.failed' AND r.effect <> 'returned'))",
        "{0} ({1}) was handled and {2} is {3}",
    )
