"""Whether an operator has shown a second factor in this session, and the way to do so."""

from allauth.account.internal.flows.login import get_authentication_records
from allauth.core.internal.httpkit import add_query_params
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from accounts.models import User

BACK_KEY = "admin_next"  # in the session: where somebody wanted to go
_CHECKED = "_shown_second_factor"


def is_enough(request: HttpRequest) -> bool:
    """Whether this session may open the admin, as far as second factors are concerned."""
    return not settings.ADMIN_MFA or has_shown_one(request)


def has_shown_one(request: HttpRequest) -> bool:
    """Whether a factor that this person still has was used in this very session.

    Asked several times for a page, and found out once.
    """
    if not hasattr(request, _CHECKED):
        setattr(request, _CHECKED, _has_shown_one(request))
    return bool(getattr(request, _CHECKED))


def _has_shown_one(request: HttpRequest) -> bool:
    if not isinstance(request.user, User):
        return False
    records = get_authentication_records(request, request.user)
    used = [record.get("id") for record in records if record.get("method") == "mfa"]
    return bool(used) and Authenticator.objects.filter(user=request.user, pk__in=used).exists()


def way_page(request: HttpRequest) -> HttpResponse:
    """Where an operator without a second factor is led: to show one, or to set one up, and back."""
    back = _back(request)
    if is_enough(request):
        request.session.pop(BACK_KEY, None)
        return HttpResponseRedirect(back)
    kinds = set(
        Authenticator.objects.filter(user_id=request.user.pk).values_list("type", flat=True)
    )
    if kinds & {Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN}:
        by_code = Authenticator.Type.TOTP in kinds
        step = "mfa_reauthenticate" if by_code else "mfa_reauthenticate_webauthn"
        return HttpResponseRedirect(add_query_params(reverse(step), {"next": back}))
    request.session[BACK_KEY] = back
    return render(request, "account/operators_second_factor.html")


def _back(request: HttpRequest) -> str:
    wanted = request.GET.get("next") or request.session.get(BACK_KEY) or ""
    index = reverse("admin:index")
    safe = url_has_allowed_host_and_scheme(wanted, None) and wanted.startswith(index)
    return str(wanted) if safe else index
