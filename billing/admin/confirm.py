"""A page that asks once more before something small is done: what, and a button."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse

from accounts.admin.step_up import ask_who_it_is, went_on
from aurous.kernel.errors import AurousError
from aurous.ui.once import spent


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What the page says. ``step_up``: it asks who it is, too."""

    title: str
    about: str
    words: str
    button: str
    back: str
    step_up: bool = False
    danger: bool = False


def confirm_page(
    admin: Any,
    request: HttpRequest,
    question: Question,
    do: Callable[[Any], str],
    form: forms.Form | None = None,
) -> HttpResponse:
    """Show it, or do it and go back with what ``do`` says. ``do`` may refuse with ``AurousError``
    or ``ValueError``; a form that is sent twice acts once.
    """
    went_on(request)
    asked = form if form is not None else forms.Form(request.POST or None)
    if request.method == "POST" and asked.is_valid():
        if question.step_up:
            ask_who_it_is(request)
        if spent(request):
            messages.warning(request, "That was done already.")
            return HttpResponseRedirect(question.back)
        try:
            messages.success(request, do(asked.cleaned_data))
        except AurousError as error:
            asked.add_error(error.param if error.param in asked.fields else None, error.message)
        except ValueError as error:
            asked.add_error(None, f"{str(error)[:1].upper()}{str(error)[1:].rstrip('.')}.")
        else:
            return HttpResponseRedirect(question.back)
    context = {
        **admin.admin_site.each_context(request),
        "title": question.title,
        "opts": admin.opts,
        "question": question,
        "form": asked,
    }
    return TemplateResponse(request, "admin/billing/confirm.html", context)
