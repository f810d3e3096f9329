"""The one writer of the audit log."""

from collections.abc import Mapping
from typing import Any

from django.db import connection
from django.db.models import Model

from accounts.actors import Actor
from accounts.models import AuditEvent, Team
from aurous.kernel.clock import database_now


def record(
    action: str,
    *,
    team: Team | str | None,
    actor: Actor,
    target: str,
    data: Mapping[str, Any] | None = None,
) -> AuditEvent:
    """Write down one change, in the transaction that makes it: both stand or none does.

    ``action`` is ``noun.verb-in-the-past`` ("key.revoked"), ``team`` a team or its id, ``target``
    the id of what was changed. ``data`` holds no secret. Raises ``RuntimeError`` outside a
    transaction.
    """
    if not connection.in_atomic_block:
        raise RuntimeError(f"{action} must be recorded in the transaction that does it")
    return AuditEvent.objects.create(
        action=action,
        team_id=team.pk if isinstance(team, Team) else team,
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_label=actor.label,
        target=target,
        data=dict(data or {}),
        # Not the column's default: SQLite compares moments as texts, and its own has fewer digits
        # than a cursor of the log.
        created_at=database_now(connection),
    )


def apply(row: Model, wanted: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Set the columns of ``wanted`` that differ, save only those, and tell what was and what is.

    The answer, ``{"name": {"old": "a", "new": "b"}}``, is what ``record`` takes as data. Empty:
    nothing differed and nothing was written. ``row`` must be locked, else "old" may be untrue.
    """
    differences = {
        name: {"old": getattr(row, name), "new": value}
        for name, value in wanted.items()
        if getattr(row, name) != value
    }
    for name, difference in differences.items():
        setattr(row, name, difference["new"])
    if differences:
        row.save(update_fields=list(differences))
    return differences
