"""Queues and workers, as they are now."""

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.response import TemplateResponse

from embeddings.engine.load import unavailable_because
from embeddings.model_load import Load, loads_of
from embeddings.models import CatalogModel


@dataclass(frozen=True, slots=True)
class Queue:
    """A model and what it has to do. ``wrong``: nobody serves what is let in."""

    model: CatalogModel
    load: Load
    missing: bool

    @property
    def wrong(self) -> bool:
        """Whether requests are let in and there is nobody for them."""
        active = self.model.state == CatalogModel.State.ACTIVE
        there = self.load.backlog is not None and self.load.backlog.workers > 0
        return active and not self.missing and not there


def workers_page(admin: Any, request: HttpRequest) -> HttpResponse:
    """The page; to htmx only what changes."""
    if not request.user.has_perm("embeddings.view_catalogmodel"):
        raise PermissionDenied
    told = {"queues": _queues()}
    if request.headers.get("HX-Request"):
        return render(request, "admin/model/queues.html", told)
    context = {**admin.admin_site.each_context(request), "title": "Workers", **told}
    return TemplateResponse(request, "admin/model/workers.html", context)


def _queues() -> list[Queue]:
    models = list(CatalogModel.objects.order_by("slug"))
    loads = loads_of([model.slug for model in models])
    return [
        Queue(model, loads[model.slug], unavailable_because(model.engine) is not None)
        for model in models
    ]
