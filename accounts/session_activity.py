"""When a browser was last seen, for the list of sessions. Noted once a minute, not at each page."""

from hashlib import sha256

import structlog
from allauth.usersessions.middleware import UserSessionsMiddleware
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from redis import RedisError

log = structlog.get_logger(__name__)

NOTED_EVERY_SECONDS = 60


class SessionActivityMiddleware(UserSessionsMiddleware):  # type: ignore[misc]
    """Writes a session's row where it is new, has moved, or was not seen for a minute."""

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on."""
        key = request.session.session_key
        if key is None or not request.user.is_authenticated or not _due(request, key):
            answer: HttpResponse = self.get_response(request)
            return answer
        noted: HttpResponse = super().__call__(request)
        return noted


def _due(request: HttpRequest, key: str) -> bool:
    who = (key, *(request.META.get(name, "") for name in _SEEN))
    try:
        return cache.add(f"seen:{sha256(repr(who).encode()).hexdigest()}", 1, NOTED_EVERY_SECONDS)
    except RedisError as error:  # pages that need no cache work without it
        log.warning("session.cache_away", reason=type(error).__name__)
        return True


_SEEN = ("REMOTE_ADDR", "HTTP_X_FORWARDED_FOR", "HTTP_USER_AGENT")
