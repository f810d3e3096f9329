"""Mails to the people who look after a team's money: written with what caused them, sent later."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
import structlog
from django.conf import settings
from django.db import connection, transaction
from django.urls import reverse

from accounts.mail import Mail, mail_of, one_line
from accounts.models import Membership
from accounts.roles import May, roles_that
from aurous.kernel.clock import database_now
from aurous.kernel.ids import new_id
from aurous.kernel.locks import with_retries
from billing.models import Notice

log = structlog.get_logger(__name__)
_RETRY_SECONDS = 60


@dataclass(frozen=True, slots=True)
class _Claimed:
    notice: Notice
    recipients: list[str]


def tell(
    team_id: str, kind: str, data: Mapping[str, Any], now: datetime, *, mark: str | None = None
) -> None:
    """Have a mail sent. Must be called in the transaction of what it tells; a mark is told once.

    ``kind`` names the template ``mails/billing/<kind>.txt``, whose first line is the subject.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("a notice is written in the transaction that causes it")
    notice = Notice(
        id=new_id("ntc"),
        team_id=team_id,
        kind=kind,
        data=orjson.dumps(dict(data)).decode(),
        mark=mark,
        created_at=now,
        due_at=now,
    )
    Notice.objects.bulk_create([notice], ignore_conflicts=True)


def run_pass() -> int:
    """Send what is due; returns how many were sent."""
    sent = 0
    for _ in range(settings.STRIPE_PASS_ROWS_MAX):
        claimed = with_retries(_claim)
        if claimed is None:
            break
        sent += _send(claimed)
    return sent


def _claim() -> _Claimed | None:
    """The one that has been due the longest, put off while it is being sent."""
    with transaction.atomic(durable=True):
        now = database_now(connection)
        waiting = Notice.objects.select_for_update(of=("self",), skip_locked=True)
        notice = waiting.filter(due_at__lte=now).select_related("team").order_by("due_at").first()
        if notice is None:
            return None
        notice.attempts += 1
        last = notice.attempts >= settings.NOTICE_ATTEMPTS_MAX
        wait = timedelta(seconds=_RETRY_SECONDS * 2**notice.attempts)
        notice.due_at = None if last else now + wait
        notice.save(update_fields=["attempts", "due_at"])
        return _Claimed(notice, recipients(notice.team_id))


def recipients(team_id: str) -> list[str]:
    """The addresses of those who may change how credit is bought."""
    people = Membership.objects.filter(
        team_id=team_id, role__in=roles_that(May.MONEY), user__is_active=True
    )
    return list(people.order_by("user__email").values_list("user__email", flat=True))


def _send(claimed: _Claimed) -> bool:
    notice = claimed.notice
    try:
        if claimed.recipients:
            rendered(notice).to(claimed.recipients).send()
    except OSError as error:  # every way in which a mail server is away
        log.warning("notice.not_sent", notice=notice.id, reason=type(error).__name__)
        return False
    Notice.objects.filter(pk=notice.pk).update(sent_at=database_now(connection), due_at=None)
    return True


def rendered(notice: Notice) -> Mail:
    """The mail of a notice."""
    data: dict[str, Any] = orjson.loads(notice.data)
    if "code" in data:  # "card_declined"
        data["code"] = data["code"].replace("_", " ").capitalize()
    told = {
        **data,
        "team": one_line(notice.team.name),
        "billing_url": settings.AUROUS_PUBLIC_URL + reverse("billing", args=[notice.team_id]),
    }
    return mail_of(f"mails/billing/{notice.kind}.txt", told)
