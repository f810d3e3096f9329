"""Making, changing, rolling and deleting webhook endpoints. The only writer of endpoints.

Each operation is one transaction with its audit event; those of a POST are a part of the
transaction that keeps its answer (``accounts.idempotency``).
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypedDict, Unpack

from django.conf import settings
from django.db import connection, transaction

from accounts import audit
from accounts.actors import Actor
from accounts.models import Team
from aurous.kernel.clock import database_now
from aurous.kernel.errors import AurousError
from aurous.kernel.ids import new_id
from billing.models import WebhookEndpoint
from billing.webhooks import signing_secrets
from billing.webhooks.disabling import disable
from billing.webhooks.endpoint_fields import checked, without_query
from billing.webhooks.locking import lock_endpoint

ROLL_OVERLAP_HOURS = (0, 1, 24, 168)
ROLL_HOURS_DEFAULT = 24


@dataclass(frozen=True, slots=True)
class NewSecret:
    """An endpoint and its new secret: shown once, kept out of logs by ``repr``.

    ``old_valid_until`` is when the secrets of before end; None where there was none.
    """

    endpoint: WebhookEndpoint
    text: str = field(repr=False)
    old_valid_until: datetime | None = None


class EndpointChanges(TypedDict, total=False):
    """What ``change`` may be given; what is not named stays."""

    url: str
    events: list[str]
    description: str
    disabled: bool


def create(
    team_id: str, *, url: str, events: list[str], description: str = "", actor: Actor
) -> NewSecret:
    """A new endpoint with its first secret.

    Raises ``invalid_format`` or ``value_out_of_range`` with a ``param``, also where the team has
    as many endpoints as it may have.
    """
    columns = checked({"url": url, "events": events, "description": description})
    with transaction.atomic():
        _check_room(team_id)
        now = database_now(connection)
        endpoint = WebhookEndpoint.objects.create(
            id=new_id("we"), team_id=team_id, created_at=now, **columns
        )
        text = signing_secrets.add(endpoint, now)
        audit.record(
            "webhook_endpoint.created",
            team=team_id,
            actor=actor,
            target=endpoint.id,
            data={"url": without_query(endpoint.url), "events": endpoint.events},
        )
    return NewSecret(endpoint, text)


def change(
    team_id: str, endpoint_id: str, *, actor: Actor, **changes: Unpack[EndpointChanges]
) -> WebhookEndpoint:
    """Change what is named. ``disabled=False`` enables it again and forgives its failures.

    Raises ``resource_not_found`` for one that is absent or foreign, else as ``create`` does.
    """
    wanted = dict(changes)
    disabled = wanted.pop("disabled", None)
    columns = checked(wanted)
    with transaction.atomic(durable=True):
        endpoint = lock_endpoint(team_id, endpoint_id)
        differences = audit.apply(endpoint, columns)
        if "url" in differences:
            differences["url"] = {
                name: without_query(url) for name, url in differences["url"].items()
            }
        if differences:
            audit.record(
                "webhook_endpoint.changed",
                team=team_id,
                actor=actor,
                target=endpoint_id,
                data=differences,
            )
        if disabled is not None and disabled == endpoint.is_enabled:
            _set_disabled(endpoint, disabled=bool(disabled), actor=actor)
    return endpoint


def _set_disabled(endpoint: WebhookEndpoint, *, disabled: bool, actor: Actor) -> None:
    if disabled:
        reason = WebhookEndpoint.Reason.REQUESTED
        disable(endpoint, reason, actor=actor, now=database_now(connection))
        return
    audit.apply(
        endpoint,
        {
            "status": WebhookEndpoint.Status.ENABLED,
            "disabled_reason": "",
            "disabled_at": None,
            "failures": 0,
        },
    )
    audit.record("webhook_endpoint.enabled", team=endpoint.team_id, actor=actor, target=endpoint.id)


def roll(
    team_id: str, endpoint_id: str, *, actor: Actor, overlap_hours: int = ROLL_HOURS_DEFAULT
) -> NewSecret:
    """A second secret; the ones before it go on signing ``overlap_hours`` at most.

    Raises ``resource_not_found``, or ``invalid_format`` for other hours than 0, 1, 24 and 168.
    """
    if isinstance(overlap_hours, bool) or overlap_hours not in ROLL_OVERLAP_HOURS:
        hours = ", ".join(str(hours) for hours in ROLL_OVERLAP_HOURS)
        raise AurousError(
            "invalid_format", f"overlap_hours must be one of {hours}.", param="overlap_hours"
        )
    with transaction.atomic():
        endpoint = lock_endpoint(team_id, endpoint_id)
        now = database_now(connection)
        until = now + timedelta(hours=overlap_hours)
        signing_secrets.end(endpoint, until, now)
        text = signing_secrets.add(endpoint, now)
        data = {"overlap_hours": int(overlap_hours), "old_valid_until": until}
        audit.record(
            "webhook_endpoint.rolled", team=team_id, actor=actor, target=endpoint_id, data=data
        )
    return NewSecret(endpoint, text, until)


def delete(team_id: str, endpoint_id: str, *, actor: Actor) -> None:
    """Remove an endpoint with its secrets and deliveries. Raises ``resource_not_found``."""
    with transaction.atomic(durable=True):
        endpoint = lock_endpoint(team_id, endpoint_id)
        audit.record(
            "webhook_endpoint.deleted",
            team=team_id,
            actor=actor,
            target=endpoint_id,
            data={"url": without_query(endpoint.url)},
        )
        endpoint.delete()


def _check_room(team_id: str) -> None:
    """Under a lock of the team, so that two at once cannot both take the last place."""
    Team.objects.select_for_update(no_key=True).filter(pk=team_id).first()
    count = WebhookEndpoint.objects.filter(team_id=team_id).count()
    if count >= settings.WEBHOOK_ENDPOINTS_MAX:
        raise AurousError(
            "value_out_of_range",
            f"This team has {count} webhook endpoints, which is as many as it may have. "
            "Delete one first.",
        )
