"""The rules of bought credit in plain Python, beside ``model``: paid, refunded, disputed, owed.

Written from money.md section 6, not from the code it judges. What Stripe says is given to ``sync``
as facts; order and repetition of the calls must not matter.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from tests.billing.model import GrantModel, TeamModel

FORWARD = ["none", "taken", "returned"]
NameOf = Callable[[str, str], str]  # ("grant" or "debt", what it is of) to its id


@dataclass
class Reversal:
    """A refund or a dispute, as Stripe has it."""

    id: str
    kind: str
    cents: int
    since: int
    wants: str  # what it shall have done: "none", "taken" or "returned"


@dataclass
class BoughtModel:
    """An order of credit, with what is known of it here."""

    id: str
    which: int
    cents: int
    credits: int
    grant: GrantModel | None = None
    effects: dict[str, str] = field(default_factory=dict)


@dataclass
class DebtModel:
    """Credit that was spent before its money went back."""

    id: str
    of: str
    left: int


class Till:
    """One team's bought credit and debts."""

    def __init__(self, team: TeamModel, name_of: NameOf) -> None:
        self.team, self.name_of = team, name_of
        self.debts: list[DebtModel] = []

    def sync(
        self, bought: BoughtModel, paid: bool, reversals: list[Reversal], at: datetime
    ) -> None:
        """Bring an order to what Stripe says."""
        self.team.book(at)
        if paid and bought.grant is None:
            bought.grant = self._credit(f"topup:{bought.id}", bought.credits, at)
        if bought.grant is None:
            return
        for one in sorted(reversals, key=lambda r: (r.since, r.id)):
            before = bought.effects.get(one.id, "none")
            after = max(before, one.wants, key=FORWARD.index)
            bought.effects[one.id] = after
            worth = bought.credits * one.cents // bought.cents
            if (before, after) == ("none", "taken"):
                self._take(bought.grant, one, worth, at)
            elif (before, after) == ("taken", "returned"):
                self._give_back(one, worth, at)

    def _credit(self, reference: str, amount: int, at: datetime) -> GrantModel:
        id_ = self.name_of("grant", reference)
        grant = GrantModel(id_, "purchased", amount, 100, at, None)
        self.team.grants.append(grant)
        for debt in sorted(self.debts, key=lambda d: d.id):
            part = min(debt.left, amount, self.team.takable(at))
            debt.left -= part
            amount -= part
            self.team.spend(part, at, at, first=grant)
        return grant

    def _take(self, grant: GrantModel, one: Reversal, worth: int, at: datetime) -> None:
        amount = min(worth, self.team.takable(at))
        self.team.spend(amount, at, at, first=grant)
        if amount < worth:
            self.debts.append(DebtModel(self.name_of("debt", one.id), one.id, worth - amount))

    def _give_back(self, one: Reversal, worth: int, at: datetime) -> None:
        for debt in self.debts:
            if debt.of == one.id:
                worth -= debt.left
                debt.left = 0
        if worth:
            self._credit(f"stripe_{one.kind}:{one.id}:returned", worth, at)
