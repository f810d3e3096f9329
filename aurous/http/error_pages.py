"""What a browser sees when a page cannot be shown: plain, small, and needing nothing else."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html

_PAGE = (
    '<!doctype html><html lang="en"><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width">'
    "<title>{title}</title><main><h1>{title}</h1><p>{text}</p>"
    '<p><a href="/">Back to the overview</a></p><p><small>{request_id}</small></p></main></html>'
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
    html = format_html(_PAGE, title=title, text=text, request_id=request_id)
    return HttpResponse(html, status=status)
