"""The form of a price: what it refuses, and why."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django import forms
from django.db import connection

from accounts.access import team_by_ref
from accounts.models import Team
from aurous.kernel.clock import database_now
from aurous.kernel.errors import AurousError
from billing.admin.acts import reason_field, text_input
from billing.admin.price_preview import MODALITIES
from billing.models import Price
from billing.prices import compute_nano, token_price
from billing.pricing import TokenPrice

if TYPE_CHECKING:
    _PriceModelForm = forms.ModelForm[Price]
else:  # the class takes no arguments when it runs
    _PriceModelForm = forms.ModelForm

TAKEN = "There is already a price of this model that begins at this moment."


class PriceForm(_PriceModelForm):
    """USD per million tokens and a markup, refused where they do not come out whole.

    A valid form has the row, computed and not yet stored, as ``price``.
    """

    price: Price

    team = forms.CharField(
        required=False,
        max_length=128,
        widget=text_input(),
        help_text="Empty: for everybody. Else the id or the name of the one team.",
    )
    effective_at = forms.DateTimeField(
        label="Begins (UTC)",
        required=False,
        widget=text_input(type="datetime-local"),
        help_text="Empty: now. Requests that are held already keep the price they were held at.",
    )
    reason = reason_field("The audit log keeps it with your name; the team of the price reads it.")
    # What the preview showed: a price is set only as it was seen.
    previewed = forms.CharField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = Price
        fields = (
            "model",
            "team",
            "usd_text",
            "usd_visual",
            "usd_video",
            "markup_pct",
            "effective_at",
        )
        labels = {
            "usd_text": "Text, USD per million tokens",
            "usd_visual": "Visual, USD per million tokens",
            "usd_video": "Video, USD per million tokens",
            "markup_pct": "Markup, percent",
        }
        widgets = {
            "model": text_input(list="models", spellcheck="false"),
            **{f"usd_{name}": text_input(inputmode="decimal") for name in MODALITIES},
            "markup_pct": text_input(inputmode="decimal"),
        }

    def clean_team(self) -> Team | None:
        """The team that was meant, if one was."""
        ref = self.cleaned_data["team"]
        try:
            return team_by_ref(ref) if ref else None
        except AurousError as error:
            raise forms.ValidationError(error.message) from error

    def clean_effective_at(self) -> datetime:
        """Now, or later: what was charged in the past stays explained by the prices of then."""
        now = database_now(connection)
        wanted: datetime = self.cleaned_data["effective_at"] or now
        if wanted < now:
            raise forms.ValidationError(
                "A price cannot begin in the past. Leave this empty for now."
            )
        return wanted

    def clean(self) -> dict[str, Any]:
        """Compute the nano-credits where all that they need is there."""
        cleaned = super().clean() or {}
        if self.errors:
            return cleaned
        self.price = Price(**{name: cleaned[name] for name in self.Meta.fields})
        try:
            compute_nano(self.price)
        except ValueError as error:
            self.add_error(None, f"{error}.")
        else:
            self._compare(price_in_force(self.price))
        return cleaned

    def _compare(self, current: Price | None) -> None:
        if current is None:
            return
        if (current.team_id, current.effective_at) == (self.price.team_id, self.price.effective_at):
            self.add_error("effective_at", TAKEN)
        if _numbers(current) == _numbers(self.price):
            self.add_error(None, "This is the price in force at that time already.")
        for name in ("visual", "video"):
            was, is_ = (getattr(price, f"nano_{name}") for price in (current, self.price))
            if was is not None and is_ is None:
                self.add_error(
                    f"usd_{name}",
                    f"The model takes {name} tokens: without a price they would fail.",
                )

    @property
    def fingerprint(self) -> str:
        """What the preview shows, in one word."""
        price = self.price
        nanos = (getattr(price, f"nano_{name}") for name in MODALITIES)
        begins = self.data.get("effective_at", "")
        return "/".join(map(str, (price.model, price.team_id, begins, *nanos)))


def price_in_force(price: Price, *, besides: Price | None = None) -> Price | None:
    """What this one takes the place of: the team's own price then, else everybody's."""
    before = Price.objects.filter(model=price.model, effective_at__lte=price.effective_at)
    if besides is not None:
        before = before.exclude(pk=besides.pk)
    newest = before.order_by("-effective_at", "-pk")
    own = newest.filter(team=price.team).first() if price.team else None
    return own if own and not own.back_to_list else newest.filter(team=None).first()


def in_tokens(price: Price | None) -> TokenPrice | None:
    """The numbers of a row, if there is one."""
    return token_price(price) if price else None


def _numbers(price: Price) -> tuple[Any, ...]:
    """What makes two prices the same one."""
    nanos = (getattr(price, f"nano_{name}") for name in MODALITIES)
    return (price.team_id, price.markup_pct, *nanos)
