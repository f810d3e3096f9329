"""How much a model has to do: what operators look at before they take it out of service."""

from dataclasses import dataclass
from datetime import timedelta

from django.db import connection
from django.db.models import Count, Exists, OuterRef
from ulid import ULID

from accounts.models import Team
from aurous.kernel.clock import database_now
from aurous.kernel.errors import AurousError
from billing.models import OPEN, HoldStatus, UsageRollup
from embeddings.models import Inference
from embeddings.runtime import runtime
from embeddings.transport.base import Backlog, WorkerSeen

DAYS = 7
_MINUTE = timedelta(minutes=1)
# Identifiers carry the clock of the process that made them, columns the database's.
_CLOCKS_APART_MAX = timedelta(minutes=5)
_ULID_TIME_CHARACTERS = 10


@dataclass(frozen=True, slots=True)
class Load:
    """Of one model, now. ``backlog`` and ``workers`` None: nobody can say, the way is down."""

    waiting: int
    running: int
    backlog: Backlog | None
    workers: list[WorkerSeen] | None

    @property
    def open(self) -> int:
        """Requests that were let in and are not answered."""
        return self.waiting + self.running

    @property
    def workers_count(self) -> int:
        """How many workers say that they are there."""
        return len(self.workers or ())


def loads_of(slugs: list[str]) -> dict[str, Load]:
    """One query of the few rows that are open, and what the workers say of themselves."""
    rows = Inference.objects.filter(ended_at=None, status__in=OPEN).values_list("model", "status")
    counts = {(model, status): n for model, status, n in rows.annotate(Count("pk")).order_by()}
    return {slug: _load(slug, counts) for slug in slugs}


def load_of(slug: str) -> Load:
    """Of one model."""
    return loads_of([slug])[slug]


def requests_in_last_minute(slug: str) -> int:
    """By the time at the front of the primary key, which bounds what is read."""
    since = database_now(connection) - _MINUTE
    front = str(ULID.from_datetime(since - _CLOCKS_APART_MAX))[:_ULID_TIME_CHARACTERS]
    rows = Inference.objects.filter(pk__gte=f"emb_{front}", created_at__gte=since, model=slug)
    return rows.count()


def teams_using(slug: str) -> int:
    """Teams that sent it anything in the last days: for each team one look into its days."""
    since = database_now(connection) - timedelta(days=DAYS)
    days = UsageRollup.objects.filter(
        team=OuterRef("pk"), width=UsageRollup.Width.DAY, start__gte=since, model=slug
    )
    return Team.objects.filter(Exists(days)).count()


def _load(slug: str, counts: dict[tuple[str, str], int]) -> Load:
    waiting = counts.get((slug, HoldStatus.QUEUED.value), 0)
    running = counts.get((slug, HoldStatus.RUNNING.value), 0)
    try:
        transport = runtime().transport
        return Load(waiting, running, transport.backlog(slug), transport.workers(slug))
    except AurousError:
        return Load(waiting, running, None, None)
