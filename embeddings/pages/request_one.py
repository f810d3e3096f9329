"""One request: when, by which key, what it read, what it cost and why, where its time went."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from accounts.access import claim_of_hold
from accounts.models import IdempotencyClaim
from accounts.pages.door import TeamRequest, team_page
from accounts.roles import May
from aurous.kernel.errors import AurousError
from billing.access import charge_of
from embeddings.access import inference_for
from embeddings.charges import charged_of
from embeddings.models import Inference
from embeddings.pages.names import TONES, Names
from embeddings.pages.timeline import timeline
from embeddings.timing import duration_ms


@dataclass(frozen=True, slots=True)
class Share:
    """What one modality had: tokens × nano-credits a token = nano-credits charged."""

    name: str
    tokens: int
    price: int
    charged: int

    @property
    def per_million(self) -> int:
        """Nano-credits for a million tokens, as prices are told."""
        return self.price * 1_000_000


@team_page(May.READ)
def request_one(request: TeamRequest, request_id: str) -> HttpResponse:
    """Found by either id; its address is the ``emb_`` one."""
    team_id = request.team.id
    try:
        row = inference_for(team_id, request_id)
    except AurousError as error:
        raise Http404 from error
    if row.id != request_id:
        return redirect("requests-one", team_id=team_id, request_id=row.id)
    claim = claim_of_hold(team_id, row.id) if row.idempotency_key else None
    context = {
        "row": row,
        "tone": TONES.get(row.status, "open"),
        "took_ms": duration_ms(row),
        "parts": timeline(row),
        "shares": _shares(row),
        "tokens": row.tokens_text + row.tokens_visual + row.tokens_video,
        "charge": charge_of(team_id, row.id),
        "key_name": Names(team_id).of("api_key_id", row.api_key_id),
        "repeats_until": _repeats_until(claim),
    }
    return render(request, "dashboard/requests_one.html", context)


def _shares(row: Inference) -> list[Share]:
    """Text always, the others where there were any."""
    charged = charged_of(row)
    shares = [
        Share("Text", row.tokens_text, row.price_text, charged.text),
        Share("Images", row.tokens_visual, row.price_visual, charged.visual),
        Share("Video", row.tokens_video, row.price_video, charged.video),
    ]
    return [share for place, share in enumerate(shares) if share.tokens or not place]


def _repeats_until(claim: IdempotencyClaim | None) -> datetime | None:
    """How long the same idempotency key is answered with the same answer."""
    if claim is None or claim.completed_at is None:
        return None
    return claim.completed_at + timedelta(seconds=settings.IDEMPOTENCY_REPLAY_SECONDS)
