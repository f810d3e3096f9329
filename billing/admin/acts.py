"""A page on which an operator moves money: what is meant, what it comes to, who it is, then done.

The first POST shows a preview, the second does what was seen. Right before it the operator shows
who they are; the token of the form makes a double click one act.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, cast

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from ulid import ULID
from unfold.widgets import UnfoldAdminTextInputWidget

from accounts.admin.step_up import ask_who_it_is, went_on
from accounts.models import User
from aurous.kernel.errors import AurousError
from billing.amounts import dollars, grouped, signed
from billing.forecast import Forecast
from billing.models.transfers import NOTE_CHARACTERS_MAX
from billing.operator_acts import USED

_ULID = r"^[0-9A-HJKMNP-TV-Z]{26}\Z"
_HIDDEN = ("token", "previewed")


def new_token() -> str:
    """For one rendering of a form."""
    return str(ULID())


def text_input(**attrs: Any) -> UnfoldAdminTextInputWidget:
    """One line, about which the browser makes no suggestions."""
    return UnfoldAdminTextInputWidget(attrs={"autocomplete": "off", **attrs})


def reason_field(help_text: str) -> forms.CharField:
    """Why; of a length that can say something."""
    least = settings.OPERATOR_REASON_CHARACTERS_MIN
    return forms.CharField(
        label="Reason",
        min_length=least,
        max_length=NOTE_CHARACTERS_MAX,
        widget=text_input(),
        help_text=help_text,
        error_messages={
            "required": "Say why.",
            "min_length": f"Say a little more: at least {least} characters.",
        },
    )


def operator(request: HttpRequest) -> User:
    """Who is at the keyboard."""
    return cast(User, request.user)


class ActForm(forms.Form):
    """What the operator says. ``main`` is the field that a refusal of the whole belongs to."""

    main: str | None = None

    token = forms.RegexField(_ULID, widget=forms.HiddenInput, initial=new_token)
    # What the preview showed: a thing is done only as it was seen.
    previewed = forms.CharField(required=False, widget=forms.HiddenInput)

    @property
    def fingerprint(self) -> str:
        """What the form says, in one word."""
        said = {name: v for name, v in self.cleaned_data.items() if name not in _HIDDEN}
        return sha256(repr(sorted(said.items())).encode()).hexdigest()

    def complain(self, error: Exception) -> None:
        """Show a refusal where it belongs; a used form gets a new token."""
        if isinstance(error, AurousError):
            self.add_error(error.param if error.param in self.fields else None, error.message)
        elif str(error) == USED:
            self.change_data(token=new_token(), previewed="")
            self.add_error(None, USED)
        else:
            text = str(error)
            self.add_error(self.main, f"{text[:1].upper()}{text[1:].rstrip('.')}.")

    def change_data(self, **changes: str) -> None:
        """Other hidden values for the next time it is sent."""
        self.data = {name: self.data[name] for name in self.data} | changes


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One act. ``preview`` says what it comes to and ``do`` where to go once it is done; both may
    refuse with ``ValueError`` or ``AurousError``. ``about`` is what stands above the form.
    """

    title: str
    button: str
    template: str
    back: str
    preview: Callable[[Any], Mapping[str, Any]]
    do: Callable[[Any], str]
    about: Mapping[str, Any]
    danger: bool = False


def act_page(admin: Any, request: HttpRequest, form: ActForm, act: Act) -> HttpResponse:
    """Show the form, or what it comes to, or do it."""
    went_on(request)
    shown = None
    if form.is_valid():
        try:
            if _seen(form) and "_do" in request.POST:
                ask_who_it_is(request)
                return HttpResponseRedirect(act.do(form))
            shown = act.preview(form)
        except (ValueError, AurousError) as error:
            form.complain(error)
    context = {
        **admin.admin_site.each_context(request),
        "title": act.title,
        "opts": admin.opts,
        "act": act,
        "form": form,
        "shown": shown,
        "confirm_minutes": max(1, settings.OPERATOR_CONFIRM_SECONDS // 60),
        **act.about,
    }
    return TemplateResponse(request, act.template, context)


def _seen(form: ActForm) -> bool:
    """Whether this very thing was on the page that was sent; from now on it is."""
    seen = bool(form.cleaned_data["previewed"] == form.fingerprint)
    form.change_data(previewed=form.fingerprint)
    return seen


def before_and_after(coming: Forecast) -> dict[str, str]:
    """What a preview of any act says of the balance."""
    return {
        "change": signed(coming.change),
        "change_worth": dollars(coming.change),
        "before": grouped(coming.before),
        "before_worth": dollars(coming.before),
        "after": grouped(coming.after),
        "after_worth": dollars(coming.after),
    }
