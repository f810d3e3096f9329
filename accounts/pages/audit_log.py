"""The audit log: who did what, and the same as a file."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

import orjson
from django import forms
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse

from accounts.access import audit_events_of, names_of
from accounts.models import AuditEvent
from accounts.pages.audit_words import GROUPS, Change, changes_of, names_its_target, words_of
from accounts.pages.door import TeamRequest, team_page
from accounts.roles import May
from aurous.http.download import download
from aurous.kernel.records import Record
from aurous.ui.forms import PageForm
from aurous.ui.paging import page_of

CHUNK_ROWS = 1_000
COLUMNS = (
    "record",
    "created_at",
    "action",
    "actor_kind",
    "actor_id",
    "actor_label",
    "target",
    "data",
)


class AuditFilters(PageForm):
    """Which events; everything is optional and stands in the URL."""

    group = forms.ChoiceField(
        label="What",
        required=False,
        choices=[("", "Everything"), *((name, label) for name, label, _ in GROUPS)],
    )
    who = forms.CharField(
        label="Who",
        required=False,
        max_length=254,
        widget=forms.TextInput(attrs={"placeholder": "An address or key id"}),
    )
    since = forms.DateField(
        label="From (UTC)", required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    until = forms.DateField(
        label="To (UTC)", required=False, widget=forms.DateInput(attrs={"type": "date"})
    )


@dataclass(frozen=True, slots=True)
class AuditRow:
    """An event as the list shows it."""

    event: AuditEvent
    words: str
    target: str  # its name; empty where the sentence needs none
    target_url: str
    changes: list[Change]


@team_page(May.AUDIT)
def audit(request: TeamRequest) -> HttpResponse:
    """A page of the log, newest first."""
    form = AuditFilters(request.GET)
    events = chosen(audit_events_of(request.team.id), form)
    page = page_of(request, request.team.id, events, scope="audit")
    context = {
        "form": form,
        "page": page,
        "rows": _rows(request, page.rows),
        "filtered": any(request.GET.get(name) for name in form.fields),
    }
    return render(request, "dashboard/audit.html", context)


@team_page(May.AUDIT)
def audit_csv(request: TeamRequest) -> HttpResponseBase:
    """The events that the filters choose, all of them, as CSV."""
    events = chosen(audit_events_of(request.team.id), AuditFilters(request.GET))
    return download("csv", COLUMNS, _chunks(events), filename=f"audit-{request.team.id}")


def chosen(events: QuerySet[AuditEvent], form: AuditFilters) -> QuerySet[AuditEvent]:
    """The events that the filters let through; one that is not understood lets all through."""
    form.is_valid()
    wanted = form.cleaned_data
    for name, _, beginnings in GROUPS:
        if wanted.get("group") == name:
            found = Q()
            for beginning in beginnings:
                found |= Q(action__startswith=beginning)
            events = events.filter(found)
    if who := wanted.get("who"):
        events = events.filter(Q(actor_label__icontains=who) | Q(actor_id=who))
    if since := wanted.get("since"):
        events = events.filter(created_at__gte=datetime.combine(since, time(), UTC))
    if until := wanted.get("until"):
        after = datetime.combine(until, time(), UTC) + timedelta(days=1)
        events = events.filter(created_at__lt=after)
    return events


def _rows(request: TeamRequest, events: list[AuditEvent]) -> list[AuditRow]:
    names = names_of(request.team.id, [event.target for event in events])
    return [
        AuditRow(
            event,
            words_of(event.action),
            _target(event, names),
            _target_url(request.team.id, event.target, names),
            changes_of(_facts(event)),
        )
        for event in events
    ]


def _facts(event: AuditEvent) -> dict[str, Any]:
    """What stands beside the sentence; the address of an invitation stands in it."""
    if event.action.startswith("invitation."):
        return {name: value for name, value in event.data.items() if name != "email"}
    return dict(event.data)


def _target(event: AuditEvent, names: dict[str, str]) -> str:
    if not names_its_target(event.action):
        return ""
    if event.action.startswith("invitation."):
        return str(event.data.get("email", event.target))
    return names.get(event.target, event.target)


def _target_url(team_id: str, target: str, names: dict[str, str]) -> str:
    """Search knows where ids lead, also those of other apps."""
    if target.startswith(("we_", "topup_")) or (target.startswith("key_") and target in names):
        return f"{reverse('find', args=[team_id])}?q={target}"
    return ""


def _chunks(events: QuerySet[AuditEvent]) -> Iterator[list[Record]]:
    """All events, the last written first, some at a time; then a record ``end``.

    By number, not by moment: SQLite compares moments as texts, and rows of older releases have
    fewer digits, so that a row could be behind itself for ever.
    """
    rest = events = events.order_by("-id")
    while rows := list(rest[:CHUNK_ROWS]):
        yield [_record(row) for row in rows]
        rest = events.filter(id__lt=rows[-1].id)
    yield [{**dict.fromkeys(COLUMNS), "record": "end"}]


def _record(event: AuditEvent) -> Record:
    return {
        "record": "event",
        "created_at": event.created_at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "action": event.action,
        "actor_kind": event.actor_kind,
        "actor_id": event.actor_id,
        "actor_label": event.actor_label,
        "target": event.target,
        "data": _json(event.data),
    }


def _json(data: dict[str, Any]) -> str:
    return orjson.dumps(data).decode() if data else ""
