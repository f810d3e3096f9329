"""What the pages of money have in common: read-only, in credits, fast on millions of rows."""

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any, ClassVar, TypeVar, cast

from django.contrib import admin
from django.db import connection
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from ulid import ULID
from unfold import decorators
from unfold.paginator import InfinitePaginator

from accounts.admin.base import ModelAdmin, NothingToWrite
from accounts.models import ApiKey, Team
from aurous.kernel.clock import database_now
from billing.amounts import grouped

Method = TypeVar("Method", bound=Callable[..., HttpResponse])
TEAMS_NAMED_MAX = 50  # how many teams of that name a search looks into
_ULID_TIME_CHARACTERS = 10
# Identifiers carry the clock of the process that made them, columns the database's.
_CLOCKS_APART_MAX = timedelta(hours=1)


def page_action(**options: Any) -> Callable[[Method], Method]:
    """Unfold's ``action`` with its true type: it returns the method, not the dataclass it names."""
    decorator: Any = decorators.action(**options)
    return cast(Callable[[Method], Method], decorator)


def in_credits(column: str, title: str) -> Callable[[Any, Model], str]:
    """A method for ``list_display`` and ``fields``: nano-credits of a column, shown as credits."""

    @admin.display(description=title)
    def shown(_admin: Any, row: Model) -> str:
        return grouped(getattr(row, column))

    return shown


def teams_named(text: str) -> list[str]:
    """Ids of the teams whose name has this text."""
    ids = Team.objects.filter(name__icontains=text).values_list("pk", flat=True)
    return list(ids[:TEAMS_NAMED_MAX])


class LedgerAdmin(NothingToWrite, ModelAdmin):
    """Rows that only operations write, newest first.

    A list is read along the primary key and never counted nor sorted; a search is one equality
    on an indexed column, chosen by the prefix of what was typed.
    """

    paginator = InfinitePaginator
    show_full_result_count = False
    ordering = ("-pk",)
    sortable_by = ()
    actions: Any = None
    list_per_page = 50
    search_fields = ("pk",)  # shows the box; ``get_search_results`` decides what is asked
    team_column: ClassVar[str] = "team"
    # Prefix of an identifier -> the column that has it.
    found_by: ClassVar[Mapping[str, str]] = {}

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """One identifier, or the name of a team. Never gives a row twice."""
        text = search_term.strip()
        return (self.find(queryset, text) if text else queryset), False

    def find(self, queryset: QuerySet[Any], text: str) -> QuerySet[Any]:
        """The rows that somebody who types this is looking for."""
        if text.startswith("team_"):
            return queryset.filter(**{self.team_column: text})
        for prefix, column in self.found_by.items():
            if text.startswith(prefix):
                return queryset.filter(**{column: text})
        return queryset.filter(**{f"{self.team_column}__in": teams_named(text)})


def of_key(queryset: QuerySet[Any], key_id: str) -> QuerySet[Any]:
    """Rows of an API key, asked for by team and key: the indexes begin with the team."""
    team_id = ApiKey.objects.filter(pk=key_id).values_list("team_id", flat=True).first()
    return queryset.filter(team_id=team_id, api_key_id=key_id) if team_id else queryset.none()


class Recent(admin.SimpleListFilter):
    """Rows of the last hour, day, week or month. Subclasses name the column and the id's prefix."""

    title = "when"
    parameter_name = "last"
    column: ClassVar[str]
    prefix: ClassVar[str]

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        """Hours, and what they are called."""
        return (("1", "Last hour"), ("24", "Last day"), ("168", "Last week"), ("720", "Last month"))

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Exact by the column; the bound on the id, whose time is at its front, makes it fast."""
        if self.value() not in dict(self.lookup_choices):
            return queryset
        since = database_now(connection) - timedelta(hours=int(str(self.value())))
        front = str(ULID.from_datetime(since - _CLOCKS_APART_MAX))[:_ULID_TIME_CHARACTERS]
        return queryset.filter(**{f"{self.column}__gte": since}, pk__gte=f"{self.prefix}_{front}")
