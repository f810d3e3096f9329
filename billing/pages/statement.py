"""The statement: every movement of credit with its reason, filters in the URL, and as files."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django import forms
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render

from accounts.pages.door import TeamRequest, team_page
from accounts.roles import May
from aurous.http.download import download
from aurous.kernel.clock import database_now
from aurous.kernel.records import FORMATS
from aurous.ui.forms import PageForm
from aurous.ui.paging import page_of
from billing.models import Transfer
from billing.statement import export, lines_export
from billing.statement.lines import lines_of
from billing.statement.reasons import Reason, reasons_of

Kind = Transfer.Kind
_DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
_YEARS = range(1970, 3000)
# How a kind is called, and how it looks.
KINDS = {
    Kind.USAGE: ("Usage", ""),
    Kind.GRANT: ("Grant", "good"),
    Kind.TOP_UP: ("Top-up", "good"),
    Kind.EXPIRY: ("Expiry", "warn"),
    Kind.REFUND: ("Refund", "warn"),
    Kind.DISPUTE: ("Dispute", "bad"),
    Kind.ADJUSTMENT: ("Adjustment", "open"),
}


class StatementForm(PageForm):
    """Which lines: days are whole days of UTC, both included."""

    since = forms.DateField(label="From", required=False, widget=_DAY)
    until = forms.DateField(label="To", required=False, widget=_DAY)
    kind = forms.MultipleChoiceField(
        label="Kinds",
        required=False,
        choices=[(kind.value, word) for kind, (word, _) in KINDS.items()],
        widget=forms.CheckboxSelectMultiple,
    )

    def clean(self) -> dict[str, Any]:
        """A period has an end after its beginning."""
        found = super().clean() or {}
        since, until = found.get("since"), found.get("until")
        if since and until and until < since:
            self.add_error("until", "The last day must not be before the first.")
        for name in ("since", "until"):
            if (day := found.get(name)) and day.year not in _YEARS:
                self.add_error(name, "There are no lines of that year.")
        return found


@dataclass(frozen=True, slots=True)
class Wanted:
    """Lines of these kinds (none: all) that were written in [since, before)."""

    kinds: Sequence[str]
    since: datetime | None
    before: datetime | None

    @property
    def is_all(self) -> bool:
        """Whether nothing is left out."""
        return not self.kinds and self.since is None and self.before is None


def wanted_of(request: HttpRequest) -> tuple[StatementForm, Wanted | None]:
    """The form as the URL fills it, and what it asks for; None where it is malformed."""
    form = StatementForm(request.GET)
    if not form.is_valid():
        return form, None
    since, until = form.cleaned_data["since"], form.cleaned_data["until"]
    before = None if until is None else _midnight(until + timedelta(days=1))
    return form, Wanted(
        form.cleaned_data["kind"], None if since is None else _midnight(since), before
    )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


@team_page(May.READ)
def statement(request: TeamRequest) -> HttpResponse:
    """A page of lines."""
    form, wanted = wanted_of(request)
    context: dict[str, Any] = {"form": form, "wanted": wanted, "now": database_now(connection)}
    if wanted is not None:
        timed = wanted.since is not None or wanted.before is not None
        page = page_of(
            request,
            request.team.id,
            lines_of(request.team.id, wanted.kinds, wanted.since, wanted.before),
            scope="statement",
            order=("recorded_at", "sequence") if timed else ("sequence",),
        )
        context |= {"page": page, "lines": told(request.team.id, page.rows)}
    return render(request, "billing/statement.html", context)


def told(team_id: str, rows: Sequence[Transfer]) -> list[tuple[Transfer, Reason, str, str]]:
    """Lines with their reasons, and the word and tone of their kind."""
    reasons = reasons_of(team_id, rows)
    return [(row, why, *KINDS[Kind(row.kind)]) for row, why in zip(rows, reasons, strict=True)]


@team_page(May.READ)
def statement_export(request: TeamRequest) -> HttpResponseBase:
    """``?what=checkable``: the whole period with its hash chain; else what the page shows.

    ``?format=`` is csv or jsonl, the rest are the page's filters.
    """
    _, wanted = wanted_of(request)
    form = request.GET.get("format", FORMATS[0])
    if wanted is None or form not in FORMATS:
        return redirect("billing-statement", request.team.id)
    team_id, period = request.team.id, (wanted.since, wanted.before)
    name = f"statement-{team_id}"
    if request.GET.get("what") == "checkable":
        chunks = export.statement_chunks(team_id, *period)
        return download(form, export.COLUMNS, chunks, filename=name)
    chunks = lines_export.line_chunks(team_id, wanted.kinds, *period)
    return download(form, lines_export.COLUMNS, chunks, filename=f"{name}-lines")
