"""Pure: what a team is told about its balance, and that it is told once.

What counts is the balance that has been posted (``credits`` of ``GET /v1/balance``). What is
available goes up and down with each request that runs, and says nothing about how long the credit
lasts.
"""

from functools import lru_cache

from django.conf import settings

from aurous.kernel.money import parse_credits
from billing.models import Transfer
from billing.standing import Standing
from billing.webhooks.event_types import EventType
from billing.webhooks.outbox import NewEvent, amount_json

# A tenth above the threshold: a little money that comes in must not make the next charge a
# crossing of its own.
MARGIN_DIVISOR = 10


def comes_in(kind: Transfer.Kind, amount: int) -> bool:
    """Whether a posting is money that comes in. A charge given back is none: it was there."""
    return amount > 0 and kind is not Transfer.Kind.REFUND


def threshold_of(account: Standing) -> int:
    """Nano-credits under which this balance is low; 0: never."""
    if account.low_balance is not None:
        return account.low_balance
    return default_threshold(str(settings.LOW_BALANCE_CREDITS))


@lru_cache(maxsize=8)
def default_threshold(text: str) -> int:
    """The setting in nano-credits. Raises ``ValueError``."""
    nano = parse_credits(text)
    if nano < 0:
        raise ValueError(f"{text!r} is negative")
    return nano


def notices(account: Standing, posted_before: int) -> list[NewEvent]:
    """What the team is to be told at the end of a transaction; remembers on ``account`` that it is.

    ``usage.balance_low``: the balance went below the threshold. Again only after money came in
    that brought it to a tenth above the threshold.
    ``usage.balance_exhausted``: the balance came to its floor, or was less than what a request
    needed. Again only after money came in.
    """
    _arm(account)
    told = []
    threshold = threshold_of(account)
    if not account.low_told and posted_before >= threshold > account.posted and threshold:
        account.low_told = True
        data = {**_balance(account), "threshold_credits": amount_json(threshold)}
        told.append(NewEvent(account.id, EventType.BALANCE_LOW, data))
    if not account.exhausted_told and _is_exhausted(account, posted_before):
        account.exhausted_told = True
        needed = account.refused_needing
        data = {**_balance(account), "needed_credits": amount_json(needed) if needed else None}
        told.append(NewEvent(account.id, EventType.BALANCE_EXHAUSTED, data))
    return told


def _arm(account: Standing) -> None:
    if not account.money_came_in:
        return
    account.exhausted_told = False
    threshold = threshold_of(account)
    if account.posted >= threshold + threshold // MARGIN_DIVISOR:
        account.low_told = False


def _is_exhausted(account: Standing, posted_before: int) -> bool:
    """Without what is held: a request that had to wait for others has not used up the credit."""
    left = account.posted - account.floor
    came_to_the_floor = posted_before > account.floor and left <= 0
    return came_to_the_floor or account.refused_needing > left


def _balance(account: Standing) -> dict[str, object]:
    return {
        "object": "balance",
        "credits": amount_json(account.posted),
        "held_credits": amount_json(account.held),
        "available_credits": amount_json(account.available),
        "currency": "credit",
    }
