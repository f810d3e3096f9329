"""The quickstart: programs to paste, and what became of the newest request of the team."""

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers

from accounts.access import api_keys_of
from accounts.models import BillingMode
from accounts.pages.door import TeamRequest, team_page
from accounts.roles import May
from billing.balance import balance_of
from billing.models import HoldStatus
from billing.models.holds import OPEN
from embeddings.access import inferences_of
from embeddings.models import Inference
from embeddings.pages.quickstart import snippets
from embeddings.timing import duration_ms


@dataclass(frozen=True, slots=True)
class Newest:
    """The newest request of a team. ``charged``: nano-credits; ``took_ms`` None while it runs."""

    request_id: str
    model: str
    tokens: int
    charged: int
    took_ms: int | None
    state: str  # "open", "settled" or "failed"
    error_code: str


@team_page(May.READ)
def quickstart(request: TeamRequest) -> HttpResponse:
    """The page; to htmx only the part that waits for the first request."""
    newest = newest_of(request.team.id)
    part = {"newest": newest, "waits": newest is None or newest.state != "settled"}
    if request.headers.get("HX-Request"):
        answer = render(request, "dashboard/parts/newest_request.html", part)
    else:
        answer = render(request, "dashboard/quickstart.html", part | _page(request))
    patch_vary_headers(answer, ["HX-Request"])
    return answer


def newest_of(team_id: str) -> Newest | None:
    """One row by the index of the team's list."""
    row = inferences_of(team_id).order_by("-created_at", "-id").first()
    if row is None:
        return None
    return Newest(
        request_id=row.request_id,
        model=row.model,
        tokens=row.tokens_text + row.tokens_visual + row.tokens_video,
        charged=row.charged,
        took_ms=duration_ms(row),
        state=_state(row),
        error_code=row.error_code,
    )


def _state(row: Inference) -> str:
    if row.status in OPEN:
        return "open"
    return "settled" if row.status == HoldStatus.SETTLED else "failed"


def _page(request: TeamRequest) -> dict[str, object]:
    team = request.team
    key = api_keys_of(team.id).filter(revoked_at=None).first()
    secret = None if key is None else next(iter(key.secrets.all()), None)
    metered = team.billing_mode != BillingMode.EXEMPT
    return {
        "snippets": snippets(),
        "key": key,
        "key_hint": "your key" if secret is None else secret.hint,
        "no_credit": metered and balance_of(team.id).available <= 0,
    }
