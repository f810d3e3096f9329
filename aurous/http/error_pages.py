"""What a browser sees when a page cannot be shown: small, and readable without its styles."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.templatetags.static import static
from django.utils.html import format_html

_PAGE = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width">'
    "<title>{title}</title>"
    '<link rel="stylesheet" href="{styles}"></head>'
    '<body><main class="centred"><div class="card stack"><h1>{title}</h1><p>{text}</p>'
    '<p><a class="btn btn-primary" href="/">To the overview</a></p>'
    '<p class="muted small"><code>{request_id}</code></p></div></main></body></html>'
)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400."""
    return _page(request, 400, "That request is malformed", "Go back and try it again.")


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403."""
    return _page(request, 403, "You may not see this", "Ask an owner of the team for access.")


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404."""
    return _page(request, 404, "There is no such page", "The address may have changed.")


def broken(request: HttpRequest, *_args: Any) -> HttpResponse:
    """500."""
    return _page(request, 500, "Something broke on our side", "Try again in a moment.")


def _page(request: HttpRequest, status: int, title: str, text: str) -> HttpResponse:
    request_id = getattr(request, "request_id", "")
    styles = static("aurous/dashboard.css")
    html = format_html(_PAGE, title=title, text=text, request_id=request_id, styles=styles)
    return HttpResponse(html, status=status)
