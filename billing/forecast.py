"""What an act would do to a team's balance, before it is done."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from accounts.actors import user_actor
from accounts.models import User
from aurous.kernel.clock import database_now
from aurous.kernel.money import CREDITS_MAX_NANO
from billing import alone, corrections
from billing.balance import balance_of
from billing.corrections import Correction
from billing.grants import current_books
from billing.ledger import with_accounts
from billing.models import OperatorAct, TopUp
from billing.operator_acts import CreditOrder
from billing.reversals import worth


@dataclass(frozen=True, slots=True)
class Forecast:
    """Nano-credits available before and after; ``debt`` is what could not be taken.

    ``asks``: another person has to agree. ``left`` is what the operator may do alone today, in
    nano-credits or, of a refund, in cents.
    """

    before: int
    change: int
    debt: int
    asks: bool
    left: int

    @property
    def after(self) -> int:
        """Available once it is done."""
        return self.before + self.change


def of_credit(order: CreditOrder, operator: User) -> Forecast:
    """Raises ``ValueError`` for what could not be booked now."""
    wanted = Correction(
        order.team,
        order.amount,
        order.reason,
        user_actor(operator),
        order.token,
        kind=order.kind,
        priority=order.priority,
        expires_at=order.expires_at,
        effective_at=order.effective_at,
    )
    return with_accounts(lambda: _of_credit(wanted, operator))


def _of_credit(wanted: Correction, operator: User) -> Forecast:
    with current_books([wanted.team.pk]) as books:
        corrections.check(books, wanted)
        corrections.check_available(books, wanted)
        left = alone.left_nano(operator, books.now)
        before = books.accounts[wanted.team.pk].available
        change = _now(wanted.amount, wanted.effective_at, books.now)
    return Forecast(before, change, 0, abs(wanted.amount) > left, left)


def of_refund(topup: TopUp, cents: int, operator: User) -> Forecast:
    """A refund takes down to the floor and never what is held; the rest becomes a debt."""
    change, debt = of_taking(topup.team_id, worth(topup, cents))
    left = alone.left_cents(operator, database_now(connection))
    before = balance_of(topup.team_id).available
    return Forecast(before, -change, debt, cents > left, left)


def of_taking(team_id: str, nano: int) -> tuple[int, int]:
    """What would be taken of an amount, and what would be owed."""
    now = database_now(connection)
    balance = balance_of(team_id)
    usable = [g for g in balance.grants if g.expires_at is None or g.expires_at > now]
    there = min(balance.available, sum(grant.remaining for grant in usable))
    taken = min(nano, max(0, there))
    return taken, nano - taken


def of_approval(act: OperatorAct) -> Forecast:
    """What agreeing to it would do now."""
    team_id, before = act.team_id, balance_of(act.team_id).available
    change = _now(act.credits, act.effective_at, database_now(connection))
    taken, debt = (change, 0) if change >= 0 else of_taking(team_id, -change)
    return Forecast(
        before, taken if change >= 0 else -taken, debt, asks=False, left=CREDITS_MAX_NANO
    )


def _now(amount: int, effective_at: datetime | None, now: datetime) -> int:
    """Of credit that begins later nothing."""
    return 0 if effective_at is not None and effective_at > now else amount
