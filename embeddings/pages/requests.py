"""The list of the team's requests: what became of each, never what was in it."""

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from accounts.pages.door import TeamRequest, team_page
from accounts.roles import May
from aurous.kernel.errors import AurousError
from embeddings.access import inference_for
from embeddings.models import Inference
from embeddings.pages.names import TONES, Names
from embeddings.pages.requests_form import RequestsForm, cursor_of, place_of
from embeddings.request_list import requests_page
from embeddings.timing import duration_ms

PAGE_ROWS = 50


@dataclass(frozen=True, slots=True)
class RequestLine:
    """One request as a row. ``charged`` is nano-credits."""

    id: str
    request_id: str
    created_at: datetime
    model: str
    version: str
    status: str
    tone: str
    error_code: str
    tokens: int
    charged: int
    took_ms: int | None
    key_id: str
    key_name: str
    user: str


def request_line(row: Inference, names: Names) -> RequestLine:
    """A request with the name of its key."""
    return RequestLine(
        id=row.id,
        request_id=row.request_id,
        created_at=row.created_at,
        model=row.model,
        version=row.api_version,
        status=row.status,
        tone=TONES.get(row.status, "open"),
        error_code=row.error_code,
        tokens=row.tokens_text + row.tokens_visual + row.tokens_video,
        charged=row.charged,
        took_ms=duration_ms(row),
        key_id=row.api_key_id,
        key_name=names.of("api_key_id", row.api_key_id),
        user=row.user,
    )


@team_page(May.READ)
def requests(request: TeamRequest) -> HttpResponse:
    """A page of them, narrowed by what the URL says; an id leads to its own page."""
    names = Names(request.team.id)
    form = RequestsForm(request.GET, names)
    if wanted_id := form.value("q").strip():
        try:
            row = inference_for(request.team.id, wanted_id)
            return redirect("requests-one", team_id=request.team.id, request_id=row.id)
        except AurousError:
            form.add_error("q", "This team has no request with this id.")
    behind = place_of(request.GET.get("cursor", ""))
    rows, rest = requests_page(request.team.id, form.wanted, behind, PAGE_ROWS)
    context = {
        "form": form,
        "lines": [request_line(row, names) for row in rows],
        "next_cursor": cursor_of(rest),
        "is_first": behind is None,
        "here": reverse("requests", args=[request.team.id]),
        "fields": [form[name] for name in _fields(form)],
    }
    return render(request, "dashboard/requests.html", context)


def _fields(form: RequestsForm) -> list[str]:
    minutes = ["since", "until"] if form.is_custom else []
    return ["range", *minutes, "status", "error", "model", "key", "version", "user", "q"]
