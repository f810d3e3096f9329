"""Charges whose answer never reached the caller: given again, or given back.

A settled request whose reply was lost on its way (Redis restarted, say) has been charged for
nothing. With an idempotency key the answer is stored and can still be given. Without one it is
gone, and so the charge goes back as a refund: a line on the statement that says why.
"""

from accounts.models import IdempotencyClaim
from billing import grants
from billing.grants import NewGrant
from billing.models import Account, Grant, HoldStatus, Transfer, hold_model


def make_good(hold_id: str) -> bytes | None:
    """The stored answer of a settled request; else None, with its charge given back, once.

    For the process that waited for the answer, and only after it has stopped waiting. Raises
    ``AurousError`` (503) when the store is away.
    """
    claim = IdempotencyClaim.objects.filter(hold_id=hold_id, reply__isnull=False).first()
    if claim is not None and claim.reply is not None:
        return bytes(claim.reply)
    row = hold_model()._default_manager.filter(id=hold_id, status=HoldStatus.SETTLED).first()
    if row is not None and row.charged:
        grants.give(
            NewGrant(
                row.team_id,
                row.charged,
                Grant.Kind.ADJUSTMENT,
                Transfer.Kind.REFUND,
                Account.System.REFUNDS,
                f"lost_reply:{hold_id}",
                note="The answer to this request was lost on its way",
            )
        )
    return None
