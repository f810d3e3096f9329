"""How pages look in this browser: theme, and in which zone times are shown."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from accounts.pages.frame import THEMES, TIMES

COOKIE_SECONDS = 365 * 24 * 3600
_CHOICES = {"theme": ("", *THEMES), "times": TIMES}


@require_POST
def preferences(request: HttpRequest) -> HttpResponse:
    """Remember a choice in a cookie, and go back."""
    back = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts=None):
        back = "/"
    response = redirect(back)
    for name, choices in _CHOICES.items():
        if request.POST.get(name) in choices:
            response.set_cookie(
                f"aurous_{name}",
                request.POST[name],
                max_age=COOKIE_SECONDS,
                samesite="Lax",
                secure=request.is_secure(),
                httponly=True,
            )
    return response
