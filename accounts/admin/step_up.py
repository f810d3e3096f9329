"""Before an operator does something grave they show once more who they are, just now."""

import time

from allauth.account.internal.flows.login import get_authentication_records
from allauth.core.exceptions import ReauthenticationRequired
from django.conf import settings
from django.http import HttpRequest
from django.urls import resolve


def ask_who_it_is(request: HttpRequest) -> None:
    """Let a POST through whose sender has just shown a password, passkey or code once more.

    Else raises allauth's ``ReauthenticationRequired``, which keeps the POST, asks, and goes on
    with it. To have logged in just now is not enough, and whoever has nothing to show is refused.
    """
    if confirmed_lately(request):
        return
    # It goes on at the same path only: what stood behind "?" is kept with the POST.
    request.GET  # noqa: B018 - read before it is taken from the address
    request.META["QUERY_STRING"] = ""
    raise ReauthenticationRequired


def confirmed_lately(request: HttpRequest) -> bool:
    """Whether that was within ``OPERATOR_CONFIRM_SECONDS``."""
    records = get_authentication_records(request, request.user)
    moments = [float(record["at"]) for record in records if record.get("reauthenticated")]
    return bool(moments) and time.time() - max(moments) < settings.OPERATOR_CONFIRM_SECONDS


def went_on(request: HttpRequest) -> None:
    """Where a kept POST goes on, templates ask what page this is."""
    request.resolver_match = resolve(request.path_info)
