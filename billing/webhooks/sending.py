"""One attempt: the message over the guarded client, and what the endpoint said.

Called outside of any transaction. Whatever goes wrong is an answer, never an exception.
"""

import time
from dataclasses import dataclass, field

import structlog
from django.conf import settings

from aurous.kernel.outbound.client import send
from aurous.kernel.outbound.errors import OutboundFault
from aurous.kernel.outbound.limits import Limits
from aurous.kernel.outbound.network import SYSTEM, Network
from billing.models.webhook_events import ERROR_CHARACTERS_MAX, RESPONSE_CHARACTERS_MAX
from billing.webhooks.claims import Claimed
from billing.webhooks.signing import SIGNATURE_HEADER, signature_header

log = structlog.get_logger(__name__)
GONE = 410


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of an attempt: ``status`` is None where there was no answer, ``error`` says why.

    ``ours``: it failed because of us, which is not held against the endpoint.
    """

    status: int | None
    body: str = field(default="", repr=False)
    error: str = ""
    duration_ms: int = 0
    ours: bool = False

    @property
    def good(self) -> bool:
        """Whether the message was taken: any 2xx."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def gone(self) -> bool:
        """Whether the endpoint says that it will never take a message again."""
        return self.status == GONE


def attempt(claimed: Claimed, network: Network = SYSTEM) -> Answer:
    """Send the message once. Blocks for ``WEBHOOK_TIMEOUT_SECONDS`` at most."""
    if not claimed.secrets:
        return Answer(None, error="The message could not be signed.", ours=True)
    began = time.monotonic()
    answer = _ask(claimed, network)
    duration_ms = round((time.monotonic() - began) * 1_000)
    return Answer(answer.status, answer.body, answer.error, duration_ms, answer.ours)


def _ask(claimed: Claimed, network: Network) -> Answer:
    try:
        reply = send(
            "POST",
            claimed.url,
            _limits(),
            body=claimed.body,
            headers=_headers(claimed),
            local_hosts=settings.AUROUS_WEBHOOK_DEV_HOSTS,
            proxy=settings.AUROUS_EGRESS_PROXY or None,
            network=network,
        )
    except OutboundFault as fault:
        return Answer(None, error=str(fault)[:ERROR_CHARACTERS_MAX])
    except Exception:
        log.exception("webhooks.attempt_broke", delivery=claimed.id)
        return Answer(None, error="Something broke on our side.", ours=True)
    return Answer(reply.status, _shown(reply.body))


def _limits() -> Limits:
    seconds = float(settings.WEBHOOK_TIMEOUT_SECONDS)
    return Limits(bytes_max=settings.WEBHOOK_RESPONSE_BYTES_MAX, deadline_s=seconds, head_s=seconds)


def _headers(claimed: Claimed) -> dict[str, str]:
    timestamp_s = int(claimed.claimed_at.timestamp())
    return {
        "Content-Type": "application/json",
        "Aurous-Webhook-Id": claimed.event_id,
        "Aurous-Webhook-Timestamp": str(timestamp_s),
        SIGNATURE_HEADER: signature_header(claimed.secrets, timestamp_s, claimed.body),
    }


def _shown(body: bytes) -> str:
    """What the team may see of an answer: text that a database takes."""
    return body.decode("utf-8", "replace").replace("\x00", "\ufffd")[:RESPONSE_CHARACTERS_MAX]
