"""The admin's own host, and what a browser may do there."""

from collections.abc import Callable

import structlog
from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase

from aurous.http.error_pages import not_found

log = structlog.get_logger(__name__)
Answer = Callable[[HttpRequest], HttpResponseBase]
ADMIN = "/admin/"
# Probes ask by address, and files are the same everywhere.
_EVERYWHERE = ("/health/", "/static/")
# Signing in and one's own account, without which nobody would get into the admin. The page of
# preferences only sets this browser's colours.
_BESIDE = ("/account/",)
_BESIDE_EXACTLY = ("/security", "/preferences")
_NEVER = ("/account/signup/",)

# Unfold's scripts make code from text and set styles; nowhere else may a page do so.
_POLICY = {
    "default-src": "'none'",
    "script-src": "'self' 'unsafe-eval'",
    "style-src": "'self' 'unsafe-inline'",
    "font-src": "'self'",
    "img-src": "'self' data:",
    "connect-src": "'self'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
}


class AdminHostMiddleware:
    """With ``AUROUS_ADMIN_HOST``: the admin is there and nowhere else, and little else is there.

    The outermost, since ``/v1`` goes past the others. Only compares the name: whether the host is
    one of ours at all is still asked by Django.
    """

    def __init__(self, get_response: Answer) -> None:
        if not settings.ADMIN_HOST:
            raise MiddlewareNotUsed
        self._answer = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer one request, or say that there is nothing."""
        path, at_admin = request.path_info, _is_admin_host(request)
        if at_admin and path == "/":
            return HttpResponseRedirect(ADMIN)
        if path.startswith(_EVERYWHERE) or _has(path, at_admin=at_admin):
            return self._answer(request)
        log.info("request.not_on_this_host", admin_host=at_admin)
        response = not_found(request)
        response["X-Content-Type-Options"] = "nosniff"
        return response


def _is_admin_host(request: HttpRequest) -> bool:
    """By name, and by port where the setting has one."""
    asked = request.META.get("HTTP_HOST", "").lower()
    name, colon, port = asked.partition(":")
    name = name.rstrip(".")
    wanted: str = settings.ADMIN_HOST
    return (f"{name}{colon}{port}" if ":" in wanted else name) == wanted


def _has(path: str, *, at_admin: bool) -> bool:
    is_admin = path.startswith(ADMIN) or path == ADMIN.rstrip("/")
    if not at_admin:
        return not is_admin
    if path.startswith(_NEVER):
        return False
    return is_admin or path.startswith(_BESIDE) or path in _BESIDE_EXACTLY


class AdminPolicyMiddleware:
    """The content security policy of the admin's pages; all others have the strict one."""

    def __init__(self, get_response: Answer) -> None:
        self._answer = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer one request."""
        response = self._answer(request)
        if request.path_info.startswith(ADMIN):
            response.headers["Content-Security-Policy"] = policy()
        return response


def policy() -> str:
    """As the header says it. A form of the admin may lead to a team's pages on their host."""
    pages = f" {settings.AUROUS_PUBLIC_URL}" if settings.ADMIN_HOST else ""
    rules = {**_POLICY, "form-action": f"'self'{pages}"}
    return "; ".join(f"{name} {value}" for name, value in rules.items())
