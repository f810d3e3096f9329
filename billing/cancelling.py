"""Taking back a promise: credit that has not begun never does."""

from accounts import audit
from accounts.actors import Actor
from aurous.kernel.errors import AurousError
from aurous.kernel.locks import with_retries
from aurous.kernel.money import credits_text
from billing import scheduled
from billing.grants import current_books
from billing.models import ScheduledGrant


def cancel(scheduled_id: str, *, actor: Actor, reason: str) -> bool:
    """Whether it was still waiting and is cancelled now; False where it was cancelled before.

    Raises ``ValueError`` without a reason and where it has begun (a correction takes credit
    back), ``resource_not_found`` where there is none.
    """
    if not reason.strip():
        raise ValueError("cancelling needs a reason")
    row = ScheduledGrant.objects.filter(pk=scheduled_id).first()
    if row is None:
        raise AurousError("resource_not_found", f"There is no scheduled grant {scheduled_id!r}.")
    return with_retries(lambda: _cancel(row, actor, reason))


def _cancel(found: ScheduledGrant, actor: Actor, reason: str) -> bool:
    with current_books([found.account_id]) as books:  # what is due begins first
        row = ScheduledGrant.objects.get(pk=found.pk)
        if row.grant_id is not None:
            raise ValueError(f"{row.pk} has begun; take credit back with a correction")
        if row.cancelled_at is not None:
            return False
        scheduled.is_cancelled(row, books.now)
        books.accounts[row.account_id].next_grant_at = scheduled.next_start(row.account_id)
        data = {"credits": credits_text(row.amount), "reason": reason}
        audit.record("grant.cancelled", team=row.account_id, actor=actor, target=row.pk, data=data)
    return True
