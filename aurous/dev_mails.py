"""In development every mail can be looked at, at ``/dev/mails``; in production there is no page."""

from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from aurous.mail_samples import Sample, samples

WIDTHS = (600, 390)
SCHEMES = ("light", "dark")
# A mail has its styles inside and does nothing: no script, nothing from elsewhere, no form.
MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; base-uri 'none'; "
    "sandbox"
)
PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; frame-src 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)
_DARK = "@media (prefers-color-scheme: dark)"
View = Callable[..., HttpResponse]


def only_in_development(view: View) -> View:
    """404 in production, whatever the URL configuration says."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if settings.PRODUCTION:
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


@require_safe
@only_in_development
def mails(request: HttpRequest) -> HttpResponse:
    """All of them, and one in full: light and dark, wide and narrow, and as text."""
    every = samples()
    chosen = _named(request.GET.get("mail", every[0].name))
    context = {
        "samples": [(sample, sample.mail().subject) for sample in every],
        "chosen": chosen,
        "mail": chosen.mail(),
        "views": [(width, scheme) for scheme in SCHEMES for width in WIDTHS],
    }
    response = render(request, "dev/mails.html", context)
    response["Content-Security-Policy"] = PAGE_POLICY
    return response


@require_safe
@only_in_development
@xframe_options_sameorigin
def mail_html(request: HttpRequest, name: str, scheme: str) -> HttpResponse:
    """One mail as HTML, as a program in this colour scheme shows it."""
    if scheme not in SCHEMES:
        raise Http404
    shown = "@media all" if scheme == "dark" else "@media not all"
    html = _named(name).mail().html.replace(_DARK, shown)
    response = HttpResponse(html.replace("color-scheme: light dark", f"color-scheme: {scheme}"))
    response["Content-Security-Policy"] = MAIL_POLICY
    return response


def _named(name: str) -> Sample:
    found = next((sample for sample in samples() if sample.name == name), None)
    if found is None:
        raise Http404
    return found


urlpatterns = [
    path("dev/mails", mails, name="dev-mails"),
    path("dev/mails/<str:name>/<str:scheme>", mail_html, name="dev-mail"),
]
