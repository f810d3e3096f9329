"""The search as a page, and as the palette that a key opens."""

import time
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from unfold.dataclasses import SearchResult

from aurous.operators.finding import Group, find, shown

_PALETTE_MAX = 100


def find_page(request: HttpRequest, frame: dict[str, Any]) -> HttpResponse:
    """``q``: straight to the one hit, else what was found by kind.

    The forms post it, so that a key that somebody pasted stands in no address and no log of a
    proxy; a link may have it in its query.
    """
    text = request.POST.get("q", request.GET.get("q", ""))
    groups = find(request, text)
    only = _only(groups)
    if only is not None:
        return HttpResponseRedirect(only)
    context = frame | {"title": "Find", "wanted": shown(text), "groups": groups}
    return TemplateResponse(request, "admin/find.html", context)


def _only(groups: list[Group]) -> str | None:
    hits = [hit for group in groups for hit in group.hits]
    return hits[0].url if len(hits) == 1 and not groups[0].more else None


def palette(request: HttpRequest, places: list[dict[str, Any]]) -> HttpResponse:
    """``s``: the same hits, and the places of the rail that are called so. Nothing is kept."""
    text = request.POST.get("s", request.GET.get("s", "")).strip()
    if not text:
        return HttpResponse()
    began = time.perf_counter()
    results = [
        SearchResult(
            title=hit.title, description=_about(group, hit.note), link=hit.url, icon=group.icon
        )
        for group in find(request, text)
        for hit in group.hits
    ]
    results += [
        SearchResult(
            title=place["title"], description="Page", link=place["link"], icon=place["icon"]
        )
        for place in places
        if text.lower() in place["title"].lower()
    ]
    pages = Paginator(results[:_PALETTE_MAX], _PALETTE_MAX)
    context = {
        "page_obj": pages,
        "results": pages.page(1),
        "page_counter": 0,
        "execution_time": time.perf_counter() - began,
        "command_show_history": False,
    }
    return TemplateResponse(
        request, "unfold/helpers/command_results.html", context, headers={"HX-Trigger": "search"}
    )


def _about(group: Group, note: str) -> str:
    return f"{group.title} · {note}" if note else group.title
