"""The lock on an endpoint that every change of it, and of what hangs on it, takes first."""

from aurous.kernel.errors import AurousError
from billing.models import WebhookEndpoint


def lock_endpoint(team_id: str, endpoint_id: str) -> WebhookEndpoint:
    """The endpoint of this team, locked until the transaction ends; deliveries may be added to it.

    Raises ``resource_not_found`` for one that is absent or foreign.
    """
    rows = WebhookEndpoint.objects.select_for_update(of=("self",), no_key=True)
    endpoint = rows.select_related("team").filter(team_id=team_id, pk=endpoint_id).first()
    if endpoint is None:
        raise AurousError("resource_not_found", f"There is no webhook endpoint {endpoint_id!r}.")
    return endpoint
