"""When the team is told that its balance is low: a form, and what it means in words."""

from typing import Any

from django import forms
from django.conf import settings

from aurous.kernel.money import credits_text, parse_typed_credits
from aurous.ui.forms import PageForm
from billing.alerts import MARGIN_DIVISOR, default_threshold
from billing.amounts import grouped
from billing.models import Account

DEFAULT, OWN, NEVER = "default", "own", "never"


class AlertForm(PageForm):
    """The installation's threshold, one's own, or none."""

    mode = forms.ChoiceField(
        label="Tell us",
        widget=forms.RadioSelect,
        choices=[],  # they tell the installation's threshold
    )
    credits = forms.CharField(
        label="Credits",
        required=False,
        help_text="A decimal, such as 250 or 99.5. Used with “an amount of our own”.",
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        usual = grouped(usual_threshold())
        field = self.fields["mode"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [
            (DEFAULT, f"below {usual} credits, as usual here"),
            (OWN, "below an amount of our own"),
            (NEVER, "never"),
        ]

    def clean(self) -> dict[str, Any]:
        """The threshold in nano-credits, as the operation takes it."""
        found = super().clean() or {}
        if found.get("mode") == OWN:
            try:
                found["threshold"] = parse_typed_credits(found.get("credits", ""))
            except ValueError:
                self.add_error("credits", "Give a number of credits with at most 9 decimals.")
            else:
                if found["threshold"] <= 0:
                    self.add_error("credits", "Give more than 0, or choose “never”.")
        elif "mode" in found:
            found["threshold"] = 0 if found["mode"] == NEVER else None
        return found


def usual_threshold() -> int:
    """The installation's, in nano-credits."""
    return default_threshold(str(settings.LOW_BALANCE_CREDITS))


def threshold_of(account: Account) -> int:
    """Nano-credits under which the balance is low; 0: never."""
    return usual_threshold() if account.low_balance is None else account.low_balance


def as_initial(account: Account) -> dict[str, str]:
    """The form as the account has it."""
    if account.low_balance is None:
        return {"mode": DEFAULT}
    if not account.low_balance:
        return {"mode": NEVER}
    return {"mode": OWN, "credits": credits_text(account.low_balance)}


def effect(account: Account, posted: int) -> str:
    """What will happen next, as things stand."""
    threshold = threshold_of(account)
    if not threshold:
        return "Nobody is told of a low balance. That nothing is left is told all the same."
    again = grouped(threshold + threshold // MARGIN_DIVISOR)
    if account.low_told:
        where = "below that" if posted < threshold else "only a little above that"
        return (
            f"It was told, and the balance is {where}. It is told again only after credit came in "
            f"that brought the balance to {again}."
        )
    if posted < threshold:
        return (
            "The balance is below that already, which is no crossing: it is told after credit came "
            f"in that brought the balance to {again}, and it went below again."
        )
    return (
        "It is told once, when the balance goes below that; again only after credit came in that "
        f"brought the balance to {again}."
    )
