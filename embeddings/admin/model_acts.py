"""Draining, pausing and resuming a model: what it would mean, and then doing it."""

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminTextInputWidget

from accounts.admin.acts import Act, ReasonForm, act_page
from accounts.admin.base import actor_of
from embeddings import catalog, model_states
from embeddings.model_load import DAYS, load_of, requests_in_last_minute, teams_using
from embeddings.models import CatalogModel
from embeddings.models.catalog import NOTICE_CHARACTERS_MAX

State = CatalogModel.State
_WITHIN = "Every process knows within 5 seconds."


class OutForm(ReasonForm):
    """Why, and what customers read meanwhile."""

    field_order = ("notice", "retry_after_s", "reason")
    notice = forms.CharField(
        label="What customers read",
        required=False,
        max_length=NOTICE_CHARACTERS_MAX,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
        help_text="Behind the sentence above, as: Back at 14:00 UTC. Use another model until then.",
    )
    retry_after_s = forms.IntegerField(
        label="Retry-After, seconds",
        initial=catalog.UNAVAILABLE_RETRY_AFTER_S,
        min_value=1,
        max_value=model_states.RETRY_AFTER_MAX_S,
        widget=UnfoldAdminIntegerFieldWidget(),
        help_text="When their programs should try again.",
    )


def model_or_404(slug: str) -> CatalogModel:
    """The model of an address."""
    row = CatalogModel.objects.filter(pk=slug).first()
    if row is None:
        raise Http404("There is no such model.")
    return row


def take_out(
    admin: Any, request: HttpRequest, slug: str, state: CatalogModel.State
) -> HttpResponse:
    """Drain or pause."""
    row = _changeable(request, slug)
    drains = state == State.DRAINING
    act = Act(
        "Drain the model" if drains else "Pause the model",
        row.slug,
        f"{_WITHIN} Nobody new is let in, and nothing is charged for what is refused. "
        + (
            "What was let in is answered."
            if drains
            else "What waits for a worker is refused and given back free of charge; what a worker "
            "has already is answered."
        ),
        "Drain" if drains else "Pause",
        facts=_facts(row),
        danger=not drains,
        more={"told": _told(row, state)},
        template="admin/model/take_out.html",
    )
    form = OutForm(request.POST or None)

    def do(cleaned: dict[str, Any]) -> str:
        model_states.set_state(slug, state, actor=actor_of(request), **cleaned)
        return f"{slug} is {state.label.lower()}. {_WITHIN}"

    return act_page(admin, request, act, form, do, back=page_of(slug))


def resume(admin: Any, request: HttpRequest, slug: str) -> HttpResponse:
    """Let requests in again."""
    row = _changeable(request, slug)
    workers = load_of(slug).workers_count
    words = f"{_WITHIN} Requests are let in and charged again."
    if not workers:
        words += " No worker says that it serves this model: start one first, or requests fail."
    facts = [("Workers that are there", f"{workers}"), ("It is", row.get_state_display())]
    act = Act("Resume the model", row.slug, words, "Resume", facts=facts)

    def do(cleaned: dict[str, Any]) -> str:
        model_states.set_state(slug, State.ACTIVE, actor=actor_of(request), **cleaned)
        return f"{slug} takes requests again. {_WITHIN}"

    return act_page(admin, request, act, ReasonForm(request.POST or None), do, back=page_of(slug))


def page_of(slug: str) -> str:
    """The model's page."""
    return reverse("admin:embeddings_catalogmodel_change", args=[slug])


def _changeable(request: HttpRequest, slug: str) -> CatalogModel:
    if not request.user.has_perm("embeddings.change_catalogmodel"):
        raise PermissionDenied
    return model_or_404(slug)


def _facts(row: CatalogModel) -> list[tuple[str, str]]:
    load = load_of(row.slug)
    return [
        ("Waiting", f"{load.waiting:,}"),
        ("Running", f"{load.running:,}"),
        ("Requests in the last minute", f"{requests_in_last_minute(row.slug):,}"),
        (f"Teams that used it in {DAYS} days", f"{teams_using(row.slug):,}"),
    ]


def _told(row: CatalogModel, state: CatalogModel.State) -> str:
    """The beginning of what customers read: the rest is the operator's."""
    return f"The model {row.slug} cannot be served now. {catalog.said(state.value, '')}"
