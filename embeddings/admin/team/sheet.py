"""Everything that operators are told of one team, read in a fixed number of statements."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from django.conf import settings

from accounts import notes
from accounts.access import api_keys_of, audit_events_of, memberships_of, names_of
from accounts.models import Membership, Role, Team, TeamNote
from accounts.pages.audit_words import Change, changes_of, names_its_target, words_of
from billing.access import webhook_endpoints_of
from billing.models import HoldStatus, WebhookEndpoint
from billing.usage_sums import Sums
from embeddings.access import inferences_of
from embeddings.admin.team.bars import Bar, bars
from embeddings.admin.team.money import Payments, payments_of
from embeddings.models import Inference
from embeddings.pages.figures import Figures, figures_of
from embeddings.pages.keys.rows import KeyRow, key_rows
from embeddings.pages.names import Names
from embeddings.pages.requests import RequestLine, request_line

KEYS_MAX = 20
MEMBERS_MAX = 50
ERRORS_MAX = 8
EVENTS_MAX = 20
NOTES_MAX = 10
FREE_MAX = 1_000  # rows that are looked through for errors
FAILURES_SHOWN_MIN = 1
_LOST = [HoldStatus.RELEASED.value, HoldStatus.FAILED.value]


@dataclass(frozen=True, slots=True)
class Event:
    """A line of the audit log as a person reads it."""

    at: datetime
    words: str
    target: str
    by: str
    changes: list[Change]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where events are sent: the host only, for the rest of an address may hold a secret."""

    row: WebhookEndpoint
    host: str

    @property
    def fails(self) -> bool:
        """Whether the last attempts did."""
        return self.row.failures >= FAILURES_SHOWN_MIN


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit in force. ``own``: set for this team; ``most`` 0: none."""

    label: str
    most: int
    own: bool


@dataclass(frozen=True, slots=True)
class Sheet:
    """All of it. ``more_keys`` and ``more_members``: there are some that are not shown."""

    team: Team
    figures: Figures
    bars: list[Bar]
    keys: list[KeyRow]
    more_keys: bool
    errors: list[RequestLine]
    payments: Payments
    endpoints: list[Endpoint]
    members: list[Membership]
    more_members: bool
    limits: list[Limit]
    events: list[Event]
    notes: list[TeamNote]

    @property
    def owners(self) -> list[Membership]:
        """Who owns the team."""
        return [one for one in self.members if one.role == Role.OWNER]

    @property
    def month(self) -> Sums:
        """The last 30 days."""
        return self.figures.month.series.whole.total

    @property
    def day(self) -> Sums:
        """The last 24 hours."""
        return self.figures.recent.sums


def sheet_of(team: Team) -> Sheet:
    """Read all of it."""
    figures = figures_of(team, "model")
    keys = list(api_keys_of(team.pk)[: KEYS_MAX + 1])
    members = list(memberships_of(team.pk)[: MEMBERS_MAX + 1])
    return Sheet(
        team=team,
        figures=figures,
        bars=bars(figures.month.series.starts, figures.month.series.whole.buckets),
        keys=key_rows(keys[:KEYS_MAX], figures.now),
        more_keys=len(keys) > KEYS_MAX,
        errors=_errors(team.pk),
        payments=payments_of(team),
        endpoints=_endpoints(team.pk),
        members=members[:MEMBERS_MAX],
        more_members=len(members) > MEMBERS_MAX,
        limits=_limits(team),
        events=_events(team.pk),
        notes=notes.newest(team.pk, NOTES_MAX),
    )


def _errors(team_id: str) -> list[RequestLine]:
    """The newest that were not answered, among the newest that cost nothing: there is an index of
    those, and of a team that is exempt it holds every request.
    """
    free = inferences_of(team_id).filter(ended_at__isnull=False, charged=0)
    newest = free.order_by("-created_at", "-id").values("pk")[:FREE_MAX]
    lost = Inference.objects.filter(pk__in=newest, status__in=_LOST)
    rows = list(lost.order_by("-created_at", "-id")[:ERRORS_MAX])
    names = Names(team_id) if rows else None
    return [request_line(row, names) for row in rows] if names else []


def _endpoints(team_id: str) -> list[Endpoint]:
    rows = webhook_endpoints_of(team_id).order_by("-created_at", "-id")
    found = rows[: settings.WEBHOOK_ENDPOINTS_MAX]
    return [Endpoint(row, urlsplit(row.url).netloc) for row in found]


def _limits(team: Team) -> list[Limit]:
    defaults: Sequence[tuple[str, int | None, int]] = (
        (
            "Requests a minute, of each kind of route",
            team.rpm_limit,
            settings.RATE_REQUESTS_PER_MINUTE,
        ),
        ("Tokens a minute", team.tpm_limit, settings.RATE_TOKENS_PER_MINUTE),
        ("Requests at once", team.concurrency_limit, settings.CONCURRENT_REQUESTS_MAX),
    )
    return [
        Limit(label, default if own is None else own, own is not None)
        for label, own, default in defaults
    ]


def _events(team_id: str) -> list[Event]:
    rows = list(audit_events_of(team_id)[:EVENTS_MAX])
    names = names_of(team_id, [row.target for row in rows])
    return [
        Event(
            row.created_at,
            words_of(row.action),
            names.get(row.target, row.target) if names_its_target(row.action) else "",
            row.actor_label,
            # An address may hold a secret of the customer's.
            changes_of({name: value for name, value in row.data.items() if name != "url"}),
        )
        for row in rows
    ]
