"""A page on which an operator does one thing: what it means, why they do it, who they are.

It asks for a reason; a POST that is complete asks for the password or passkey anew; a form that
is sent twice acts once.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from unfold.widgets import UnfoldAdminTextInputWidget

from accounts.admin.step_up import ask_who_it_is, went_on
from accounts.models.teams import REASON_CHARACTERS_MAX
from aurous.kernel.errors import AurousError
from aurous.ui.once import spent


class ReasonForm(forms.Form):
    """Why. ``help`` says who will read it."""

    reason = forms.CharField(
        label="Reason",
        max_length=REASON_CHARACTERS_MAX,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
        error_messages={"required": "Say why."},
        help_text="The audit log keeps it with your name.",
    )


@dataclass(frozen=True, slots=True)
class Act:
    """What the page says. ``facts`` are rows of label and text; ``hidden`` goes along with the
    form; ``danger``: the button is red.
    """

    title: str
    about: str
    words: str
    button: str
    facts: Sequence[tuple[str, str]] = ()
    hidden: Sequence[tuple[str, str]] = ()
    danger: bool = False
    more: Mapping[str, Any] = field(default_factory=dict)
    template: str = "admin/act.html"


def act_page(
    admin: Any,
    request: HttpRequest,
    act: Act,
    form: forms.Form,
    do: Callable[[dict[str, Any]], str | HttpResponse],
    *,
    back: str,
) -> HttpResponse:
    """Show the form, or do it and go back with what ``do`` says.

    ``do`` may refuse with an ``AurousError``, which is shown beside its field; where it gives an
    answer in place of a sentence, that is the answer.
    """
    went_on(request)
    if form.is_valid():
        ask_who_it_is(request)
        if spent(request):
            messages.warning(request, "That was done already.")
            return HttpResponseRedirect(back)
        try:
            done = do(form.cleaned_data)
        except AurousError as error:
            form.add_error(error.param if error.param in form.fields else None, error.message)
        else:
            if isinstance(done, HttpResponse):
                return done
            messages.success(request, done)
            return HttpResponseRedirect(back)
    context = {
        **admin.admin_site.each_context(request),
        "title": act.title,
        "opts": admin.opts,
        "act": act,
        "form": form,
        "back": back,
        **act.more,
    }
    return TemplateResponse(request, act.template, context)
