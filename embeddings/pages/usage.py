"""The page of usage: what was used, by what, over time; and the same as files."""

from collections.abc import Iterator
from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse

from accounts.pages.door import TeamRequest, team_page
from accounts.roles import May
from aurous.http.download import download
from embeddings.pages import usage_file
from embeddings.pages.breakdown import Breakdown, breakdown
from embeddings.pages.names import Names
from embeddings.pages.period import CUSTOM, PRESETS
from embeddings.pages.usage_form import (
    GROUP_DEFAULT,
    GROUPS,
    METRICS,
    RANGE_DEFAULT,
    UsageForm,
    asked_of,
)
from embeddings.usage_export import COLUMNS, usage_chunks


@team_page(May.READ)
def usage(request: TeamRequest) -> HttpResponse:
    """A chart, its table, and links to the requests behind each number."""
    names = Names(request.team.id)
    form = UsageForm(request.GET, names)
    told = breakdown(asked_of(form, request.team.id), names)
    return render(
        request, "dashboard/usage.html", {"form": form, "told": told, **_around(form, told)}
    )


@team_page(May.READ)
def usage_csv(request: TeamRequest) -> HttpResponseBase:
    """What the page shows, to the unit: a record for each column and series, then the totals."""
    names = Names(request.team.id)
    form = UsageForm(request.GET, names)
    if form.errors:
        return _back(request)
    told = breakdown(asked_of(form, request.team.id), names)
    rows = usage_file.records(told)
    return download("csv", usage_file.COLUMNS, iter([rows]), filename=f"usage-{request.team.id}")


@team_page(May.READ)
def usage_requests_csv(request: TeamRequest) -> HttpResponseBase:
    """The requests themselves, as ``GET /v1/usage/events/export`` writes them."""
    form = UsageForm(request.GET, Names(request.team.id))
    if form.errors:
        return _back(request)
    asked = asked_of(form, request.team.id)
    chunks: Iterator[Any] = usage_chunks(
        request.team.id, asked.query.filters, asked.period.first, asked.period.before
    )
    return download("csv", COLUMNS, chunks, filename=f"requests-{request.team.id}")


def _back(request: TeamRequest) -> HttpResponse:
    """To the page, which says what is wrong."""
    return redirect(f"{reverse('usage', args=[request.team.id])}?{request.GET.urlencode()}")


def _around(form: UsageForm, told: Breakdown) -> dict[str, Any]:
    """What stands around the chart: which of few is chosen, and what the total means."""
    period, total = told.asked.period, told.total.sums
    p50_ms, p95_ms = total.percentiles_ms
    return {
        "ranges": [(name, label) for name, (label, _) in PRESETS.items()],
        "is_custom": period.name == CUSTOM,
        "is_default_range": period.name == RANGE_DEFAULT,
        "metrics": METRICS.items(),
        "narrowed": told.asked.narrowed,
        "p50_ms": p50_ms,
        "p95_ms": p95_ms,
        "total": total,
        "tokens": sum(total.tokens),
        "group_label": GROUPS[form.value("group", GROUP_DEFAULT)] if told.lines else "What",
        "filters": [
            form[name] for name in ("group", "bucket", "model", "key", "status", "version", "user")
        ],
    }
