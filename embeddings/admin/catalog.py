"""Models: what is served, and taking it out of service."""

from functools import partial
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils.functional import SimpleLazyObject
from django.utils.html import format_html
from unfold.decorators import display

from accounts import audit
from accounts.admin.base import ModelAdmin, actor_of
from billing.admin.base import page_action
from embeddings import catalog
from embeddings.admin import model_acts
from embeddings.admin.catalog_form import CatalogModelForm
from embeddings.admin.workers import workers_page
from embeddings.engine.load import unavailable_because
from embeddings.model_load import load_of
from embeddings.models import CatalogModel

# What decides the numbers and the tokens that a customer gets: another one is another model.
FIXED = (
    "slug",
    "engine",
    "tokenizer",
    "context_window",
    "default_dimensions",
    "dimensions",
    "modalities",
)


@admin.register(CatalogModel)
class CatalogModelAdmin(ModelAdmin):
    """What customers can name. Paused rather than deleted: usage refers to it by its slug."""

    form = CatalogModelForm
    list_display = ("slug", "serving", "engine", "context_window", "sizes", "takes", "owned_by")
    list_filter = ("state", "development_only")
    search_fields = ("slug", "owned_by")
    sortable_by = ()
    actions = None  # one at a time: each is looked at
    actions_detail: ClassVar = ["drain", "pause", "resume"]
    change_form_before_template = "admin/model/load.html"
    fields = (
        ("slug", "state"),
        ("engine", "tokenizer"),
        "owned_by",
        "context_window",
        ("default_dimensions", "dimensions"),
        "modalities",
        "development_only",
    )

    @display(
        description="Serving",
        label={
            "yes": "success",
            "draining": "warning",
            "paused": "warning",
            "no weights": "danger",
        },
    )
    def serving(self, row: CatalogModel) -> str:
        """Whether requests can be answered here, in a word."""
        if row.state != CatalogModel.State.ACTIVE:
            return row.state
        return "no weights" if unavailable_because(row.engine) else "yes"

    @admin.display(description="Dimensions")
    def sizes(self, row: CatalogModel) -> str:
        """Every size that may be asked for, the default first."""
        others = [str(size) for size in row.dimensions or [] if size != row.default_dimensions]
        return ", ".join([str(row.default_dimensions), *others])

    @admin.display(description="Takes")
    def takes(self, row: CatalogModel) -> str:
        """The modalities."""
        return ", ".join(row.modalities)

    @admin.display(description="Price")
    def price(self, row: CatalogModel) -> str:
        """The way to its prices."""
        url = reverse("admin:billing_price_changelist")
        return format_html('<a class="text-link" href="{}?q={}">What it costs</a>', url, row.slug)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """What is asked of a new model, and what is shown of one that is there."""
        if obj is None:
            return self.fields
        return (
            ("slug", "serving"),
            ("engine", "tokenizer"),
            "owned_by",
            "context_window",
            ("sizes", "takes"),
            ("price", "created_at"),
            "development_only",
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """A model keeps what its vectors depend on."""
        return () if obj is None else (*FIXED, "serving", "sizes", "takes", "price", "created_at")

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """No: pause it."""
        return False

    def save_model(self, request: HttpRequest, obj: CatalogModel, form: Any, change: bool) -> None:
        """Write what the form changed, and nothing that somebody else changed meanwhile."""
        if change:
            obj.save(update_fields=form.changed_data)
            _record(request, "model.changed", obj, _differences(form))
        else:
            obj.save(force_insert=True)
            _record(request, "model.added", obj, {name: getattr(obj, name) for name in FIXED})
            _say_what_is_next(request, obj)
        transaction.on_commit(catalog.forget)

    def get_object(self, request: HttpRequest, object_id: str, from_field: Any = None) -> Any:
        """With what it has to do at the moment, for the page of one model."""
        row = super().get_object(request, object_id, from_field)
        if row is not None:
            row.load = SimpleLazyObject(lambda: load_of(row.slug))
        return row

    def get_urls(self) -> list[URLPattern]:
        """Workers, and the numbers of one model that live."""
        view = self.admin_site.admin_view
        return [
            path(
                "workers/",
                view(partial(workers_page, self)),
                name="embeddings_catalogmodel_workers",
            ),
            path(
                "<path:object_id>/load/",
                view(self.load_view),
                name="embeddings_catalogmodel_load",
            ),
            *super().get_urls(),
        ]

    def load_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """What htmx asks for while somebody looks."""
        row = model_acts.model_or_404(object_id)
        if not self.has_view_permission(request, row):
            raise PermissionDenied
        told = {"row": row, "load": load_of(row.slug)}
        return render(request, "admin/model/load_now.html", told)

    def has_take_out_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Who may change models."""
        return self.has_change_permission(request)

    @page_action(description="Drain", url_path="drain", permissions=["take_out"], icon="water_drop")
    def drain(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Let nobody in and answer the rest."""
        return model_acts.take_out(self, request, object_id, CatalogModel.State.DRAINING)

    @page_action(description="Pause", url_path="pause", permissions=["take_out"], icon="pause")
    def pause(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Let nobody in and give back what waits."""
        return model_acts.take_out(self, request, object_id, CatalogModel.State.PAUSED)

    @page_action(
        description="Resume", url_path="resume", permissions=["take_out"], icon="play_arrow"
    )
    def resume(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Let requests in again."""
        return model_acts.resume(self, request, object_id)


def _differences(form: Any) -> dict[str, Any]:
    return {
        name: {"old": form.initial.get(name), "new": form.cleaned_data[name]}
        for name in form.changed_data
    }


def _record(request: HttpRequest, action: str, row: CatalogModel, data: dict[str, Any]) -> None:
    if data:
        audit.record(action, team=None, actor=actor_of(request), target=row.slug, data=data)


def _say_what_is_next(request: HttpRequest, row: CatalogModel) -> None:
    url = reverse("admin:billing_price_add")
    text = (
        'It has no price yet and refuses requests until it has: <a href="{}?model={}">set one</a>.'
    )
    messages.warning(request, format_html(text, url, row.slug))
    reason = unavailable_because(row.engine)
    if reason:
        messages.warning(request, f"It cannot be served on this machine. {reason}")
