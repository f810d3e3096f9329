"""The only door to a team's rows of this app: what is another team's does not exist."""

from django.db.models import QuerySet

from aurous.kernel.errors import AurousError
from billing.models import Transfer, WebhookDelivery, WebhookEndpoint


def transfers_of(team_id: str) -> QuerySet[Transfer]:
    """The statement of a team."""
    return Transfer.objects.filter(account_id=team_id)


def charge_of(team_id: str, hold_id: str) -> Transfer | None:
    """The ledger line that a request of this team was charged with; None where it cost nothing."""
    return transfers_of(team_id).filter(reference=f"inference:{hold_id}").first()


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
