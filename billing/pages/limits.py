"""Limits of the team and of its keys with what is used of them, and the alert of a low balance."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db import connection
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import redirect, render

from accounts.access import api_keys_of
from accounts.models import ApiKey, Team
from accounts.pages.door import TeamRequest, team_page
from accounts.roles import May
from aurous.http.throttles import Level, team_levels
from aurous.kernel.clock import database_now
from aurous.kernel.errors import AurousError
from aurous.ui.paging import page_of
from billing.access import account_of
from billing.alert_history import firings_of, told_of
from billing.balance import balance_of
from billing.key_use import KeyUse, key_use_of
from billing.low_balance import set_low_balance
from billing.models import Account
from billing.outlook import pace_of
from billing.pages.alert_form import AlertForm, as_initial, effect, threshold_of
from billing.pages.webhook_words import DELIVERY_STATES, host_of
from billing.webhooks.event_types import EventType

KEYS = 25
FIRINGS = 10
_FULL_PERCENT = 90  # from here on a meter warns
_RATES = (
    ("embeddings", "Embedding requests a minute"),
    ("read", "Reading requests a minute"),
    ("manage", "Managing requests a minute"),
)


@dataclass(frozen=True, slots=True)
class Meter:
    """Something used of a limit: None is no limit, or not known. Requests, or nano-credits."""

    name: str
    used: int | None
    limit: int | None

    @property
    def is_full(self) -> bool:
        """Whether little is left."""
        return bool(self.limit and self.used and self.used * 100 >= self.limit * _FULL_PERCENT)

    @property
    def shown(self) -> int:
        """What the meter draws: no more than all."""
        return min(self.used or 0, self.limit or 0)


@team_page(May.READ, post=May.ALERTS)
def limits(request: TeamRequest) -> HttpResponse:
    """All limits; a POST sets the alert."""
    account = account_of(request.team.id)
    form = AlertForm(request.POST or None, initial=as_initial(account))
    if request.method == "POST" and form.is_valid():
        set_low_balance(request.team, form.cleaned_data["threshold"], actor=request.actor)
        messages.success(request, "The alert was changed.", "good")
        return redirect("limits", request.team.id)
    now = database_now(connection)
    context = {
        "form": form,
        "meters": team_meters(request.team, account),
        **_keys(request, now),
        **_alert(request.team.id, account, now),
    }
    return render(request, "billing/limits.html", context)


def team_meters(team: Team, account: Account) -> list[Meter]:
    """The team's limits. Rates come from the store of the buckets, which may be away."""
    rpm = _limit(team.rpm_limit, settings.RATE_REQUESTS_PER_MINUTE)
    tpm = _limit(team.tpm_limit, settings.RATE_TOKENS_PER_MINUTE)
    at_once = _limit(team.concurrency_limit, settings.CONCURRENT_REQUESTS_MAX)
    levels = _levels(team.id, rpm, tpm)
    return [
        *(Meter(name, _used(levels.get(bucket)), rpm or None) for bucket, name in _RATES),
        Meter("Tokens a minute", _used(levels.get("tokens")), tpm or None),
        Meter("Embedding requests at once", account.open_count, at_once or None),
    ]


def _limit(own: int | None, usual: int) -> int:
    return int(usual) if own is None else own


def _levels(team_id: str, rpm: int, tpm: int) -> dict[str, Level]:
    try:
        return team_levels(team_id, rpm, tpm)
    except AurousError:
        return {}


def _used(level: Level | None) -> int | None:
    return None if level is None else level.limit - level.remaining


def _keys(request: TeamRequest, now: datetime) -> dict[str, Any]:
    """A page of the keys that work and have limits of their own."""
    working = api_keys_of(request.team.id).filter(
        Q(expires_at=None) | Q(expires_at__gt=now), revoked_at=None
    )
    columns = ("limit_day_nano", "limit_month_nano", "limit_total_nano", "rpm")
    limited = Q(*((f"{column}__isnull", False) for column in columns), _connector=Q.OR)
    rows = working.filter(limited).prefetch_related(None)
    page = page_of(request, request.team.id, rows, scope="limits", rows_max=KEYS)
    used = key_use_of(request.team.id, [key.id for key in page.rows], now)
    return {
        "page": page,
        "keys": [(key, key_meters(key, used[key.id])) for key in page.rows],
        "free_keys": working.exclude(limited).count(),
    }


def key_meters(key: ApiKey, used: KeyUse) -> list[Meter]:
    """Today, this month, in all."""
    return [
        Meter("Today", used.day, key.limit_day_nano),
        Meter("This month", used.month, key.limit_month_nano),
        Meter("In all", used.total, key.limit_total_nano),
    ]


def _alert(team_id: str, account: Account, now: datetime) -> dict[str, Any]:
    posted, threshold = balance_of(team_id).posted, threshold_of(account)
    return {
        "posted": posted,
        "threshold": threshold,
        "threshold_days": pace_of(team_id, now).days_of(threshold),
        "effect": effect(account, posted),
        "told": [(one, host_of(one.url)) for one in told_of(team_id, EventType.BALANCE_LOW)],
        "log_days": settings.WEBHOOK_LOG_DAYS,
        "firings": [
            (
                firing,
                [
                    (one, host_of(one.endpoint.url), *DELIVERY_STATES[one.status])
                    for one in firing.deliveries
                ],
            )
            for firing in firings_of(team_id, FIRINGS)
        ],
    }
