"""The door of the API: which key was shown, and whose it is."""

from collections.abc import Mapping
from typing import Any

from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from accounts import caller_cache, peppers
from accounts.caller_cache import Refusal
from accounts.key_lookup import look_up
from accounts.key_text import checksum_ok
from aurous.http.caller import Caller
from aurous.kernel.errors import AurousError


class ApiKeyAuthentication(BaseAuthentication):
    """``request.auth`` is the ``Caller``; there is no user. Networks are checked later, by the
    view: ``aurous.http.network.check_network``.
    """

    def authenticate(self, request: Request) -> tuple[None, Caller]:
        """The caller; every other end is an ``AurousError``."""
        return None, caller_for(offered_key(request.META))

    def authenticate_header(self, request: Request) -> str:
        """What a 401 says in ``WWW-Authenticate``."""
        return 'Bearer realm="api"'


def offered_key(meta: Mapping[str, Any]) -> str:
    """The text offered as a key, in ``Authorization: Bearer`` or ``X-Api-Key``.

    Raises ``missing_api_key`` where nothing is offered (another scheme offers nothing to us) and
    ``invalid_api_key`` where two different ones are.
    """
    bearer = _bearer(meta.get("HTTP_AUTHORIZATION", ""))
    plain = meta.get("HTTP_X_API_KEY", "").strip()
    if bearer and plain and bearer != plain:
        raise AurousError(
            "invalid_api_key",
            "Authorization and X-Api-Key hold two different keys. Send one, or the same in both.",
        )
    offered: str = bearer or plain
    if not offered:
        raise AurousError(
            "missing_api_key",
            "No API key was sent. Send the header 'Authorization: Bearer <key>' "
            "or 'X-Api-Key: <key>'.",
        )
    return offered


def _bearer(header: str) -> str:
    words = header.split(maxsplit=1)
    return words[1].strip() if len(words) == 2 and words[0].lower() == "bearer" else ""


def caller_for(text: str) -> Caller:
    """Whose key this is. Raises ``invalid_api_key``, ``revoked_api_key`` or ``team_suspended``.

    A text whose checksum fails is refused before any cache or database is asked.
    """
    if not checksum_ok(text):
        raise AurousError(
            "invalid_api_key",
            "This is no API key: it is cut short or mistyped. Copy the whole key again.",
        )
    cache_key = peppers.digest(peppers.current(), text)
    verdict = caller_cache.fresh(cache_key, caller_cache.clock())
    if verdict is None:
        verdict = look_up(text, cache_key)
    if isinstance(verdict, Refusal):
        raise verdict.error()
    return verdict.caller
