"""The form that orders credit: one of a few amounts or one's own, and whether the card is kept."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.html import format_html
from django.utils.safestring import SafeString

from aurous.kernel.errors import AurousError
from aurous.ui.forms import PageForm
from aurous.ui.once import FIELD, new_token
from billing.amounts import grouped
from billing.pages.money_fields import DollarsField
from billing.topup_amounts import cents_text, checked_cents, credits_for

OWN = "own"
_DEFAULT_PLACE = 1  # of the amounts: the second smallest
_ONCE_CHARACTERS_MAX = 64


class TopUpForm(PageForm):
    """Valid: ``cents`` is an amount that may be bought."""

    amount = forms.ChoiceField(label="Amount", widget=forms.RadioSelect, choices=[])
    own = DollarsField(label="Amount in dollars", required=False)
    save_card = forms.BooleanField(label="Keep this card for auto-recharge", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # The token of this rendering; one that was sent is kept, so that sending a refused form
        # again is the same order.
        once = forms.CharField(
            widget=forms.HiddenInput, initial=new_token, max_length=_ONCE_CHARACTERS_MAX
        )
        self.fields[FIELD] = once
        amount = self.fields["amount"]
        assert isinstance(amount, forms.ChoiceField)
        amount.choices = [
            *((str(cents), tile(cents)) for cents in fixed_amounts()),
            (OWN, format_html("{} <small>{}</small>", "Another", "your own amount")),
        ]
        self.fields["own"].help_text = f"With “Another”: {bounds()}."
        self.fields["own"].widget.attrs |= {"data-ticks": f"id_amount_{len(fixed_amounts())}"}

    def clean(self) -> dict[str, Any]:
        """One amount, from one place."""
        found = super().clean() or {}
        chosen, own = found.get("amount"), found.get("own")
        if chosen is None or "own" in self.errors:
            return found
        if chosen != OWN:
            if own is not None:
                told = f"You chose {cents_text(int(chosen))}. Empty this, or choose another amount."
                self.add_error("own", told)
            found["cents"] = int(chosen)
        elif own is None:
            self.add_error("own", "Write how much.")
        else:
            try:
                found["cents"] = checked_cents(own)
            except AurousError as error:
                self.add_error("own", error.message)
        return found


def fixed_amounts() -> list[int]:
    """Cents, those that may be bought."""
    low, high = settings.TOPUP_CENTS_MIN, settings.TOPUP_CENTS_MAX
    return [cents for cents in settings.TOPUP_CENTS_CHOICES if low <= cents <= high]


def bounds() -> str:
    """Of an amount of one's own."""
    low, high = settings.TOPUP_CENTS_MIN, settings.TOPUP_CENTS_MAX
    return f"from {cents_text(low)} to {cents_text(high)}"


def tile(cents: int) -> SafeString:
    """An amount and what it gives."""
    given = grouped(credits_for(cents))
    return format_html("{} <small>{} credits</small>", cents_text(cents), given)


def as_initial(amount: str, *, keep: bool) -> dict[str, Any]:
    """The form as a link asks for it: ``amount`` is cents, what is not one is left aside."""
    fixed = [*(str(cents) for cents in fixed_amounts()), OWN]
    usual = fixed[min(_DEFAULT_PLACE, len(fixed) - 1)]
    return {"amount": amount if amount in fixed else usual, "save_card": keep}
