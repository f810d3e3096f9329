"""Models: what is served, and pausing it."""

from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from unfold.decorators import display

from accounts import audit
from accounts.admin.base import ModelAdmin, actor_of
from embeddings import catalog
from embeddings.admin.catalog_form import CatalogModelForm
from embeddings.engine.load import unavailable_because
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
_WITHIN = "Every process knows within 5 seconds."


@admin.register(CatalogModel)
class CatalogModelAdmin(ModelAdmin):
    """What customers can name. Paused rather than deleted: usage refers to it by its slug."""

    form = CatalogModelForm
    list_display = ("slug", "serving", "engine", "context_window", "sizes", "takes", "owned_by")
    list_filter = ("state", "development_only")
    search_fields = ("slug", "owned_by")
    sortable_by = ()
    actions = ("pause", "activate")
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
        description="Serving", label={"yes": "success", "paused": "warning", "no weights": "danger"}
    )
    def serving(self, row: CatalogModel) -> str:
        """Whether requests can be answered here, in a word."""
        if row.state == CatalogModel.State.PAUSED:
            return "paused"
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
            ("slug", "serving", "state"),
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

    @admin.action(description="Pause the selected models", permissions=["change"])
    def pause(self, request: HttpRequest, queryset: QuerySet[CatalogModel]) -> None:
        """Refuse their requests from now on; what is held is still answered."""
        _set_state(request, queryset, CatalogModel.State.PAUSED)
        messages.success(request, f"Paused. {_WITHIN}")

    @admin.action(description="Activate the selected models", permissions=["change"])
    def activate(self, request: HttpRequest, queryset: QuerySet[CatalogModel]) -> None:
        """Take requests again."""
        _set_state(request, queryset, CatalogModel.State.ACTIVE)
        messages.success(request, f"Active. {_WITHIN}")


def _set_state(
    request: HttpRequest, queryset: QuerySet[CatalogModel], state: CatalogModel.State
) -> None:
    with transaction.atomic():
        for row in queryset.exclude(state=state):
            CatalogModel.objects.filter(pk=row.pk).update(state=state)
            change = {"state": {"old": row.state, "new": state.value}}
            _record(request, "model.changed", row, change)
    catalog.forget()


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
