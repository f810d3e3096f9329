"""An operator looks at a team's dashboard as the team sees it: read only, logged, for a while.

The admin asks, with a reason, and is given a link that works once and for a moment: the admin may
have a host of its own, and sessions do not pass from one to the other. Who follows it and says
"begin" carries the visit in that browser's session. Each step is one durable transaction with its
event in the team's audit log, where the team reads it.
"""

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q, QuerySet

from accounts import audit, peppers, validation
from accounts.access import team_for
from accounts.actors import Actor, system_actor, user_actor
from accounts.models import User, Visit
from accounts.models.teams import REASON_CHARACTERS_MAX
from aurous.kernel.clock import database_now
from aurous.kernel.errors import AurousError

PERMISSION = "accounts.open_dashboard"
TOKEN_BYTES = 32
_SYSTEM = system_actor("visits")


def may_visit(user: User) -> bool:
    """Whether somebody may look into dashboards of teams, as their rights are now."""
    return user.is_active and user.is_staff and user.has_perm(PERMISSION)


def ask(team_id: str, reason: str, *, by: User) -> str:
    """The token of a link that begins one visit.

    Raises ``resource_not_found``, ``value_out_of_range`` for a reason that says nothing, and
    ``PermissionError`` for who may not.
    """
    if not may_visit(by):
        raise PermissionError(PERMISSION)
    said = validation.text(reason, param="reason", characters_max=REASON_CHARACTERS_MAX)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    with transaction.atomic(durable=True):
        now = database_now(connection)
        visit = Visit.objects.create(
            team=team_for(team_id),
            operator=by,
            reason=said,
            digest=peppers.digest(peppers.current(), token),
            asked_at=now,
            link_ends_at=now + timedelta(seconds=settings.OPERATOR_VISIT_LINK_SECONDS),
        )
        _record("visit.asked", visit, user_actor(by), reason=said)
    return token


def find(token: str) -> Visit | None:
    """The visit that a link would begin; None for a link that was used, is late or is none."""
    visit = _visits().filter(digest__in=peppers.digests(token), began_at=None, ended_at=None)
    found = visit.filter(link_ends_at__gt=database_now(connection)).first()
    return found if found is not None and may_visit(found.operator) else None


def begin(token: str) -> Visit:
    """Follow the link, once. What the operator looked at until now is over.

    Raises ``resource_not_found`` where the link opens nothing (any more).
    """
    with transaction.atomic(durable=True):
        visit = find(token)
        now = database_now(connection)
        ends_at = now + timedelta(seconds=settings.OPERATOR_VISIT_SECONDS)
        won = visit is not None and Visit.objects.filter(
            pk=visit.pk, began_at=None, ended_at=None
        ).update(began_at=now, ends_at=ends_at)
        if visit is None or not won:
            raise AurousError("resource_not_found", "This link has been used, or it is too old.")
        visit.began_at, visit.ends_at = now, ends_at
        others = _visits().filter(operator=visit.operator, ended_at=None).exclude(pk=visit.pk)
        _end(others, Visit.End.REPLACED, user_actor(visit.operator), now)
        actor = user_actor(visit.operator)
        _record("visit.begun", visit, actor, reason=visit.reason, until=ends_at)
    return visit


def current(visit_id: str) -> Visit | None:
    """The visit with its team and operator while it lasts.

    Looked at anew with each page: it is over when its time is, and when a right is taken away.
    """
    visit = _visits().filter(pk=visit_id, began_at__isnull=False, ended_at=None).first()
    if visit is None or visit.ends_at is None:
        return None
    if visit.ends_at <= database_now(connection):
        _over(visit, Visit.End.TIME)
        return None
    if not may_visit(visit.operator):
        _over(visit, Visit.End.RIGHTS)
        return None
    return visit


def end(visit: Visit) -> None:
    """The operator has seen enough."""
    with transaction.atomic(durable=True):
        _end([visit], Visit.End.ASKED, user_actor(visit.operator), database_now(connection))


def end_of(operator: User, why: Visit.End) -> None:
    """Everything that an operator looks at is over, in whatever browser."""
    with transaction.atomic():
        opened = _visits().filter(operator=operator, ended_at=None)
        _end(opened, why, user_actor(operator), database_now(connection))


def end_overdue() -> int:
    """Write down which visits ran out of time, and which links nobody followed; how many."""
    now = database_now(connection)
    late = Visit.objects.filter(ended_at=None).filter(
        Q(ends_at__lte=now) | Q(began_at=None, link_ends_at__lte=now)
    )
    ended = 0
    for visit in late.select_related("team")[:500]:
        why = Visit.End.TIME if visit.began_at else Visit.End.UNUSED
        with transaction.atomic(durable=True):
            ended += _end([visit], why, _SYSTEM, now)
    return ended


def _over(visit: Visit, why: Visit.End) -> None:
    with transaction.atomic():
        _end([visit], why, _SYSTEM, database_now(connection))


def _end(visits: Iterable[Visit], why: Visit.End, actor: Actor, now: datetime) -> int:
    """Compare and swap each; who comes second writes nothing."""
    ended = 0
    for visit in visits:
        if Visit.objects.filter(pk=visit.pk, ended_at=None).update(ended_at=now, end=why):
            ended += 1
            _record("visit.ended", visit, actor, why=why.value)
    return ended


def _record(action: str, visit: Visit, actor: Actor, **data: object) -> None:
    audit.record(action, team=visit.team_id, actor=actor, target=visit.pk, data=data)


def _visits() -> QuerySet[Visit]:
    return Visit.objects.select_related("team", "operator")
