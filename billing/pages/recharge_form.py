"""The form of auto-recharge: its own checkbox, when, how much, and how much a month at most."""

from typing import Any

from django import forms
from django.conf import settings

from aurous.ui.forms import PageForm
from billing.amounts import dollars, grouped
from billing.models import AutoRecharge
from billing.pages.money_fields import CreditsField, DollarsField
from billing.pages.topup_form import bounds
from billing.topup_amounts import cents_text

_THRESHOLD_CREDITS = 500  # what a team that never chose finds in the fields
_CAP_TIMES = 5


class RechargeForm(PageForm):
    """A choice. The operation has the last word."""

    enabled = forms.BooleanField(label="Buy credit by itself when it runs low", required=False)
    threshold = CreditsField(
        label="When the balance is below", help_text="Credits. Also when a request was refused."
    )
    amount_cents = DollarsField(label="Buy for")
    monthly_cap_cents = DollarsField(
        label="At most in a month",
        help_text="Dollars, for each month of UTC. Nothing is charged beyond it.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["amount_cents"].help_text = f"Dollars, {bounds()}."


def as_initial(row: AutoRecharge | None) -> dict[str, Any]:
    """The form as the team has it, or as it may like it; switched off until it is ticked."""
    if row is None:
        choices = settings.TOPUP_CENTS_CHOICES
        usual = choices[min(1, len(choices) - 1)]
        return {
            "enabled": False,
            "threshold": str(_THRESHOLD_CREDITS),
            "amount_cents": written(usual),
            "monthly_cap_cents": written(usual * _CAP_TIMES),
        }
    return {
        "enabled": row.enabled,
        "threshold": grouped(row.threshold),
        "amount_cents": written(row.amount_cents),
        "monthly_cap_cents": written(row.monthly_cap_cents),
    }


def written(cents: int) -> str:
    """As the fields take it: 2_500 -> 25, 1_250 -> 12.50."""
    return cents_text(cents).removeprefix("$").removesuffix(".00")


def sentence_of(row: AutoRecharge) -> str:
    """What will happen, in words."""
    times = row.monthly_cap_cents // row.amount_cents
    return (
        f"Buys {cents_text(row.amount_cents)} of credit when the balance is below "
        f"{grouped(row.threshold)} credits ({dollars(row.threshold)}), "
        f"at most {cents_text(row.monthly_cap_cents)} a month. That is "
        f"{'once' if times == 1 else f'{times:,} times'} a month at most."
    )
