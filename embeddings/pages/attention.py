"""What a team should look after, the most urgent first, each with the page that mends it."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from accounts.models import BillingMode, Team
from aurous.http.versions import deprecations
from aurous.ui.notices import Notice, place
from billing.access import webhook_endpoints_of
from billing.amounts import grouped
from billing.balance import Balance
from billing.low_balance import threshold_for
from billing.models import WebhookEndpoint
from billing.pages.payment_attention import about_payments

SOON = timedelta(days=7)  # a grant that expires within this needs attention
DAYS_LEFT_MIN = 3
FAILURES_MIN = 3  # attempts in a row
_WEBHOOKS_MAX = 5  # told one by one


def notices(
    team: Team, balance: Balance, rate_nano: int, versions_used: Iterable[str], now: datetime
) -> list[Notice]:
    """Everything; ``rate_nano`` is what a day costs at present. Suspension is told by the frame."""
    found = [
        *_about_money(team, balance, rate_nano),
        *about_payments(team),
        *_about_grants(team, balance, now),
        *_about_webhooks(team),
        *_about_versions(team, versions_used),
    ]
    return sorted(found, key=lambda notice: notice.tone != "bad")


def _about_money(team: Team, balance: Balance, rate_nano: int) -> Iterator[Notice]:
    if team.billing_mode == BillingMode.EXEMPT:
        return
    link = place("billing", team.id), "Add credit"
    threshold = threshold_for(team.id)
    if balance.available <= 0:
        sentence = "No credit is available: requests are refused with balance_too_low."
        yield Notice("bad", "wallet", sentence, *link)
    elif rate_nano and balance.available < DAYS_LEFT_MIN * rate_nano:
        sentence = f"Less than {DAYS_LEFT_MIN} days of credit are left at the present rate."
        yield Notice("warn", "wallet", sentence, *link)
    elif balance.posted < threshold:
        sentence = f"The balance is below {grouped(threshold)} credits, where you want to be told."
        yield Notice("warn", "wallet", sentence, *link)


def _about_grants(team: Team, balance: Balance, now: datetime) -> Iterator[Notice]:
    for grant in balance.grants:
        if grant.expires_at is not None and grant.expires_at - now < SOON:
            sentence = f"{grouped(grant.remaining)} credits expire on"
            link = place("billing", team.id), "See the grants"
            yield Notice("warn", "calendar", sentence, *link, until=grant.expires_at)


def _about_webhooks(team: Team) -> Iterator[Notice]:
    endpoints = webhook_endpoints_of(team.id).order_by("-created_at", "-id")
    broken = [one for one in endpoints if _is_broken(one)]
    for endpoint in broken[:_WEBHOOKS_MAX]:
        link = place("webhooks-one", team.id, endpoint.id) or place("webhooks", team.id)
        name = endpoint.description or endpoint.id
        if endpoint.is_enabled:
            sentence = f"The webhook {name} failed {endpoint.failures} times in a row."
            yield Notice("warn", "webhook", sentence, link, "See its deliveries")
        else:
            why = {"gone": "its address is gone"}.get(
                endpoint.disabled_reason, "too many attempts failed"
            )
            sentence = f"The webhook {name} was switched off: {why}."
            yield Notice("bad", "webhook", sentence, link, "Mend it")
    if len(broken) > _WEBHOOKS_MAX:
        sentence = f"{len(broken) - _WEBHOOKS_MAX} more webhooks fail."
        yield Notice("warn", "webhook", sentence, place("webhooks", team.id), "See all")


def _is_broken(endpoint: WebhookEndpoint) -> bool:
    if endpoint.is_enabled:
        return endpoint.failures >= FAILURES_MIN
    return endpoint.disabled_reason != WebhookEndpoint.Reason.REQUESTED


def _about_versions(team: Team, used: Iterable[str]) -> Iterator[Notice]:
    for version in sorted({*used, team.default_api_version}):
        deprecation = deprecations.VERSIONS.get(version)
        if deprecation is not None:
            ends = deprecation.sunset_at
            sentence = f"Version {version} is deprecated" + (" and ends on" if ends else ".")
            link = place("version", team.id), "See what would change"
            yield Notice("warn", "tag", sentence, *link, until=ends)
