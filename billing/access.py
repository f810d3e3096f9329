"""The only door to a team's rows of this app: what is another team's does not exist."""

from django.db.models import QuerySet

from aurous.kernel.errors import AurousError
from billing.models import (
    Account,
    Grant,
    HoldFields,
    KeyDay,
    ScheduledGrant,
    Transfer,
    UsageRollup,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookEvent,
    hold_model,
)


def account_of(team_id: str) -> Account:
    """Where a team's credit stands; an empty one, not stored, before anything moved."""
    return Account.objects.filter(pk=team_id).first() or Account(id=team_id, team_id=team_id)


def transfers_of(team_id: str) -> QuerySet[Transfer]:
    """The statement of a team."""
    return Transfer.objects.filter(account_id=team_id)


def charge_of(team_id: str, hold_id: str) -> Transfer | None:
    """The ledger line that a request of this team was charged with; None where it cost nothing."""
    return transfers_of(team_id).filter(reference=f"inference:{hold_id}").first()


def grants_of(team_id: str) -> QuerySet[Grant]:
    """Credit that a team has received, with the transfer of each."""
    return Grant.objects.select_related("transfer").filter(account_id=team_id)


def grants_to_come(team_id: str) -> QuerySet[ScheduledGrant]:
    """Credit that was promised to a team and has not begun, the next to begin first.

    Not part of its balance. Ask ``balance_of`` first: it books what has begun by now.
    """
    rows = ScheduledGrant.objects.filter(account_id=team_id, grant=None, cancelled_at=None)
    return rows.order_by("effective_at", "id")


def holds_of(team_id: str) -> QuerySet[HoldFields]:
    """The requests of a team, as far as money goes."""
    return hold_model()._default_manager.filter(team_id=team_id)


def usage_days_of(team_id: str) -> QuerySet[UsageRollup]:
    """The team's usage in sums of UTC days."""
    return UsageRollup.objects.filter(team_id=team_id, width=UsageRollup.Width.DAY)


def key_days_of(team_id: str) -> QuerySet[KeyDay]:
    """What the team's keys have spent or hold, by UTC day."""
    return KeyDay.objects.filter(team_id=team_id)


def webhook_events_of(team_id: str) -> QuerySet[WebhookEvent]:
    """What happened to a team that it may want to hear of."""
    return WebhookEvent.objects.filter(team_id=team_id)


def webhook_endpoints_of(team_id: str) -> QuerySet[WebhookEndpoint]:
    """Where a team wants to be told of events."""
    return WebhookEndpoint.objects.filter(team_id=team_id)


def webhook_endpoint_for(team_id: str, endpoint_id: str) -> WebhookEndpoint:
    """One endpoint of this team, else ``resource_not_found``, whether absent or foreign."""
    endpoint = webhook_endpoints_of(team_id).filter(pk=endpoint_id).first()
    if endpoint is None:
        raise AurousError("resource_not_found", f"There is no webhook endpoint {endpoint_id!r}.")
    return endpoint


def deliveries_of(team_id: str, endpoint_id: str) -> QuerySet[WebhookDelivery]:
    """What was sent, or is to be sent, to an endpoint of this team."""
    return WebhookDelivery.objects.select_related("event").filter(
        endpoint_id=endpoint_id, endpoint__team_id=team_id
    )


def delivery_for(team_id: str, endpoint_id: str, delivery_id: str) -> WebhookDelivery:
    """One delivery to this endpoint of this team, else ``resource_not_found``."""
    delivery = deliveries_of(team_id, endpoint_id).filter(pk=delivery_id).first()
    if delivery is None:
        raise AurousError("resource_not_found", f"There is no delivery {delivery_id!r}.")
    return delivery
