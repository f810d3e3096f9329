"""``/favicon.ico``, which browsers ask for wherever no page told them of the mark."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.templatetags.static import static


def favicon(_request: HttpRequest) -> HttpResponse:
    """To the mark."""
    return redirect(static("aurous/mark.svg"))
