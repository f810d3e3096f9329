"""One effect and one answer for a POST with an idempotency key (contract section 5).

For every route that changes something and takes no hold; embeddings have ``billing.idempotency``,
which does the same with the charge.
"""

from collections.abc import Callable
from dataclasses import dataclass

import structlog
from django.db import DatabaseError, InterfaceError, transaction
from django.http import HttpResponse

from accounts import claims
from accounts.authentication import offered_key
from accounts.claims import Claim
from accounts.sealing import Seal
from aurous.http.exchange import ApiRequest, ApiResponse
from aurous.http.fingerprint import fingerprint
from aurous.http.rendering import MEDIA_TYPE

log = structlog.get_logger(__name__)
_STATUS_DIGITS = 3


def answer_once(
    request: ApiRequest, key: str | None, work: Callable[[], HttpResponse], *, secret: bool
) -> HttpResponse:
    """The answer of ``work``, which runs at most once for an idempotency key of a team.

    ``key`` is what ``parse_key`` made of the header, before the body was looked at; None: no
    promise is asked for. ``work`` runs inside the one durable transaction that also stores its
    answer: it writes rows, opens no transaction that is ``durable`` and calls nobody outside. It
    returns a 2xx made by ``json_response``, or raises; then nothing is kept and the key is free.

    ``secret``: the answer shows something that is shown once. It is then stored so that only the
    same API key can have it again (``accounts.sealing``).

    Raises ``idempotency_key_in_use`` for another request under the key, while the first one runs,
    and where a secret answer belongs to another API key.
    """
    if key is None:
        with transaction.atomic(durable=True):
            return work()
    keeper = _keeper(request, key, secret=secret)
    found = claims.begin(request.auth.team_id, _claim(request, key))
    if isinstance(found, bytes):
        return keeper.again(found)
    try:
        with transaction.atomic(durable=True):
            answer = work()
            claims.complete(found, keeper.kept(answer))
    except BaseException:
        _release(found)
        raise
    return answer


def _claim(request: ApiRequest, key: str) -> Claim:
    method, path, version = request.method or "", request.path, request.api_version
    return Claim(key, fingerprint(method, path, version, request.sent), method, path, version)


def _release(claim_id: int) -> None:
    """Free the key. A store that went away keeps it running for two minutes, and no longer."""
    try:
        claims.release(claim_id)
    except (DatabaseError, InterfaceError) as error:
        log.warning("idempotency.not_released", reason=type(error).__name__)


def _keeper(request: ApiRequest, key: str, *, secret: bool) -> "_Keeper":
    if not secret:
        return _Keeper(None)
    return _Keeper(Seal(request.auth.team_id, key, offered_key(request.META)))


@dataclass(frozen=True, slots=True)
class _Keeper:
    """From an answer to what is stored of it, and back: three digits of status, then the body."""

    seal: Seal | None

    def kept(self, answer: HttpResponse) -> bytes:
        plain = f"{answer.status_code}".encode() + answer.content
        return plain if self.seal is None else self.seal.close(plain)

    def again(self, stored: bytes) -> HttpResponse:
        plain = stored if self.seal is None else self.seal.open(stored)
        if plain is None:
            raise claims.in_use(
                "with another API key, and the answer holds a secret that is shown to that one only"
            )
        status, body = int(plain[:_STATUS_DIGITS]), plain[_STATUS_DIGITS:]
        headers = {"Aurous-Idempotent-Replayed": "true"}
        return ApiResponse(body, status=status, content_type=MEDIA_TYPE, headers=headers)
