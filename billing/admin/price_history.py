"""Every price of a model for a team, or for everybody: who set it, why, and what was taken back."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from accounts.models import AuditEvent
from aurous.kernel.money import credits_per_million
from billing.admin.price_preview import MODALITIES
from billing.models import Price

ROWS_MAX = 200


@dataclass(frozen=True, slots=True)
class Past:
    """One price. ``rates`` are credits per million by modality; empty: back to everybody's."""

    effective_at: datetime
    rates: list[tuple[str, str]]  # with the modality's name
    who: str
    reason: str


def history_page(admin: Any, request: HttpRequest, price: Price) -> HttpResponse:
    """The prices of this row's model, for whom this row is."""
    events = AuditEvent.objects.filter(
        target=price.model, team=price.team, action__startswith="price."
    ).order_by("-id")[:ROWS_MAX]
    said = {
        e.data.get("effective_at"): e for e in reversed(events) if e.action != "price.withdrawn"
    }
    rows = Price.objects.filter(model=price.model, team=price.team).order_by("-effective_at", "-pk")
    context = {
        **admin.admin_site.each_context(request),
        "title": "Over time",
        "opts": admin.opts,
        "original": price,
        "price": price,
        "modalities": [name.capitalize() for name in MODALITIES],
        "rows": [_past(row, said.get(row.effective_at.isoformat())) for row in rows[:ROWS_MAX]],
        "withdrawn": [event for event in events if event.action == "price.withdrawn"],
    }
    return TemplateResponse(request, "admin/billing/price/history.html", context)


def _past(row: Price, event: AuditEvent | None) -> Past:
    nanos = ((name.capitalize(), getattr(row, f"nano_{name}")) for name in MODALITIES)
    rates = [(name, "not taken" if n is None else credits_per_million(n)) for name, n in nanos]
    return Past(
        row.effective_at,
        [] if row.back_to_list else rates,
        event.actor_label if event else "",
        str(event.data.get("reason", "")) if event else "",
    )
