"""The three short lists of the overview: keys, requests, statement. Lines are ready to be shown."""

from dataclasses import dataclass
from datetime import datetime

from accounts.access import api_keys_of
from accounts.models import ApiKey
from billing.access import transfers_of
from billing.amounts import grouped, signed
from billing.models import Transfer
from embeddings.access import inferences_of
from embeddings.models import Inference
from embeddings.timing import duration_ms

LINES_MAX = 20
KEYS_MAX = 50
# How a state looks; the word stands beside it, so that colour is never all there is.
_TONES = {
    "settled": "good",
    "active": "good",
    "failed": "bad",
    "revoked": "bad",
    "released": "warn",
    "expired": "warn",
}


@dataclass(frozen=True, slots=True)
class KeyLine:
    """A key: enough to recognise it, never enough to use it."""

    id: str
    name: str
    hint: str
    scope: str
    last_used_at: datetime | None
    state: str
    tone: str
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class RequestLine:
    """A request: what became of it, never what was in it."""

    id: str
    created_at: datetime
    model: str
    tokens: str
    credits: str
    duration: str
    status: str
    tone: str
    error_code: str


@dataclass(frozen=True, slots=True)
class StatementLine:
    """A movement of credit, and why."""

    id: str
    recorded_at: datetime
    kind: str
    why: str
    credits: str
    balance: str


def key_lines(team_id: str, now: datetime) -> tuple[list[KeyLine], bool]:
    """The newest keys, and whether there are older ones."""
    keys = list(api_keys_of(team_id)[: KEYS_MAX + 1])
    return [_key_line(key, now) for key in keys[:KEYS_MAX]], len(keys) > KEYS_MAX


def _key_line(key: ApiKey, now: datetime) -> KeyLine:
    secrets = sorted(key.secrets.all(), key=lambda s: (s.expires_at is None, s.created_at))
    state = _key_state(key, now)
    return KeyLine(
        id=key.id,
        name=key.name,
        hint=secrets[-1].hint if secrets else "",
        scope=key.scope,
        last_used_at=key.last_used_at,
        state=state,
        tone=_TONES[state],
        expires_at=key.expires_at if state == "active" else None,
    )


def _key_state(key: ApiKey, now: datetime) -> str:
    if key.revoked_at is not None:
        return "revoked"
    return "expired" if key.expires_at is not None and key.expires_at <= now else "active"


def request_lines(team_id: str) -> list[RequestLine]:
    """The newest requests."""
    rows = inferences_of(team_id).order_by("-created_at", "-id")[:LINES_MAX]
    return [_request_line(row) for row in rows]


def _request_line(row: Inference) -> RequestLine:
    took_ms = duration_ms(row)
    return RequestLine(
        id=row.id,
        created_at=row.created_at,
        model=row.model,
        tokens=f"{row.tokens_text + row.tokens_visual + row.tokens_video:,}",
        credits=grouped(row.charged),
        duration="" if took_ms is None else f"{took_ms:,} ms",
        status=row.status,
        tone=_TONES.get(row.status, "open"),
        error_code=row.error_code,
    )


def statement_lines(team_id: str) -> list[StatementLine]:
    """The newest movements."""
    rows = transfers_of(team_id).order_by("-sequence")[:LINES_MAX]
    return [_statement_line(row) for row in rows]


def _statement_line(row: Transfer) -> StatementLine:
    return StatementLine(
        id=row.id,
        recorded_at=row.recorded_at,
        kind=row.get_kind_display(),
        why=row.note or row.reference.removeprefix("inference:"),
        credits=signed(row.signed_nano),
        balance=grouped(row.balance_after),
    )
