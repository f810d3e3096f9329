"""What the operators' page of a team tells of payments."""

from dataclasses import dataclass

from accounts.models import Team
from billing.models import AutoRecharge, Debt, PaymentException, Reversal, StripeCustomer, TopUp

ROWS_MAX = 10


@dataclass(frozen=True, slots=True)
class Payments:
    """The newest of each. ``fraud``: warnings of fraud that nobody has settled."""

    customer: StripeCustomer | None
    recharge: AutoRecharge | None
    topups: list[TopUp]
    reversals: list[Reversal]
    debts: list[Debt]
    exceptions: list[PaymentException]

    @property
    def has_any(self) -> bool:
        """Whether there is anything to tell."""
        told = (self.customer, self.recharge, self.topups, self.reversals, self.exceptions)
        return any(told)

    @property
    def fraud(self) -> list[PaymentException]:
        """Warnings of a card's bank that are open."""
        return [one for one in self.exceptions if one.kind == PaymentException.Kind.FRAUD_WARNING]


def payments_of(team: Team) -> Payments:
    """Six queries, each along an index of the team's."""
    topups = TopUp.objects.filter(team=team).order_by("-id")[:ROWS_MAX]
    reversals = Reversal.objects.filter(topup__team=team).select_related("topup").order_by("-id")
    exceptions = PaymentException.objects.filter(team=team, resolved_at=None).order_by("-id")
    debts = Debt.objects.filter(team=team, remaining__gt=0).order_by("id")
    return Payments(
        StripeCustomer.objects.filter(pk=team.pk).first(),
        AutoRecharge.objects.filter(pk=team.pk).first(),
        list(topups),
        list(reversals[:ROWS_MAX]),
        list(debts[:ROWS_MAX]),
        list(exceptions[:ROWS_MAX]),
    )
